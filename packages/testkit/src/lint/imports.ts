import { posix } from 'node:path';
import { parseSync } from 'oxc-parser';
import { judgeArrow } from './import-arrows.ts';
import { isScript, isTestCode, lineAt, type SourceFile, type Violation, workspaceOf } from './source-file.ts';

export interface Workspace {
  readonly name: string;
  readonly isApp: boolean;
  /** Subpaths its package.json exports: `.`, `./embedded`. */
  readonly exports: readonly string[];
}

/** Arrows point inward, packages are entered by their exports only, and a relative import stays in its package. */
export function checkImports(file: SourceFile, workspaces: ReadonlyMap<string, Workspace>): Violation[] {
  if (!isScript(file.path)) return [];
  return findSpecifiers(file).flatMap(({ specifier, offset }) => {
    const message = specifier.startsWith('.')
      ? judgeRelative(file.path, specifier)
      : judgePackage(file.path, specifier, workspaces);
    return message === null ? [] : [{ path: file.path, line: lineAt(file.text, offset), rule: 'import' as const, message }];
  });
}

/** Every module a file names, type-only ones too: a type that points outward is the same wrong arrow. */
function findSpecifiers({ path, text }: SourceFile): { specifier: string; offset: number }[] {
  const { module } = parseSync(path, text);
  const fromStatic = module.staticImports.map(({ moduleRequest }) => moduleRequest);
  const fromExports = module.staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ moduleRequest }) => (moduleRequest === null ? [] : [moduleRequest])),
  );
  const fromDynamic = module.dynamicImports.flatMap(({ moduleRequest }) => {
    const literal = /^(['"`])([^'"`$]+)\1$/.exec(text.slice(moduleRequest.start, moduleRequest.end).trim());
    return literal === null ? [] : [{ value: literal[2] ?? '', start: moduleRequest.start }];
  });
  const found = [...fromStatic, ...fromExports, ...fromDynamic].map(({ value, start }) => ({ specifier: value, offset: start }));
  return [...new Map(found.map((item) => [item.offset, item])).values()];
}

function judgeRelative(path: string, specifier: string): string | null {
  const home = workspaceOf(path);
  const target = posix.normalize(posix.join(posix.dirname(path), specifier));
  const there = workspaceOf(target);
  if (home === there && !target.startsWith('..')) return null;
  if (home === null)
    return `"${specifier}" reaches into ${there ?? 'a folder outside the repository'}: import @polyreel/${there ?? ''} by name`;
  return `"${specifier}" leaves the package ${home}: import the other one by its name`;
}

function judgePackage(path: string, specifier: string, workspaces: ReadonlyMap<string, Workspace>): string | null {
  const match = /^@polyreel\/([^/]+)(\/.+)?$/.exec(specifier);
  if (match === null) return null;
  const target = workspaces.get(match[1] ?? '');
  if (target === undefined) return `there is no workspace ${match[1]}`;
  const subpath = match[2] === undefined ? '.' : `.${match[2]}`;
  if (!isExported(target, subpath))
    return `${target.name} does not export "${subpath}": add it to its package.json or use what it exports`;
  const home = workspaceOf(path);
  if (home === null) return target.name === 'testkit' && !isToolOfTests(path) ? 'testkit is for tests only' : null;
  return judgeArrow({
    from: home,
    to: target.name,
    isFromApp: path.startsWith('apps/'),
    isToApp: target.isApp,
    isFromTest: isTestCode(path),
  });
}

function isExported({ exports }: Workspace, subpath: string): boolean {
  return exports.some((pattern) => {
    const [head = '', tail] = pattern.split('*');
    return tail === undefined ? pattern === subpath : subpath.startsWith(head) && subpath.endsWith(tail);
  });
}

const isToolOfTests = (path: string): boolean =>
  isTestCode(path) || path.startsWith('scripts/test/') || path === 'scripts/lint-house-rules.ts';
