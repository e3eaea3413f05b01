/** One file under the linter. `path` is relative to the repository, with forward slashes. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly rule: 'surface-name' | 'process-env' | 'import' | 'file-length' | 'dockerfile';
  readonly message: string;
}

/** `packages/db/src/jobs.ts` -> `db`; `apps/api/...` -> `api`; null outside every workspace. */
export function workspaceOf(path: string): string | null {
  return /^(?:packages|apps)\/([^/]+)\//.exec(path)?.[1] ?? null;
}

/** Tests and what only tests, benchmarks and checks use. */
export function isTestCode(path: string): boolean {
  return (
    /\.(test|bench)\.[cm]?[jt]sx?$/.test(path) ||
    /(^|\/)(test|tests|fixtures)\//.test(path) ||
    /(^|\/)vitest\.(config|setup|global-setup)\.ts$/.test(path) ||
    /(^|\/)conformance(\.[\w-]+)?\.ts$/.test(path) ||
    /^(packages\/testkit|bench)\//.test(path)
  );
}

export function isScript(path: string): boolean {
  return /\.[cm]?[jt]sx?$/.test(path);
}

/** 1-based line of a character offset. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
