import { isTestCode, lineAt, type SourceFile, type Violation } from './source-file.ts';

/** The foreign APIs' names in any case, joined or parted; not the plain words `video generation`, `video genre`. */
const names = /(?<!da)vid(?:eo)?[-_ ]?gen(?!erat|uine\b|res?\b|ders?\b)|vivid[-_ ]?flow/gi;

/** Source speaks of jobs; only a surface's own folder, tests and texts for people may name a foreign API. */
export function checkSurfaceNames({ path, text }: SourceFile): Violation[] {
  if (isExempt(path)) return [];
  const inPath = findNames(path)
    .slice(0, 1)
    .map(({ name }) => ({ line: 1, name }));
  const inText = findNames(text).map(({ name, offset }) => ({ line: lineAt(text, offset), name }));
  return [...inPath, ...inText].map(({ line, name }) => ({
    path,
    line,
    rule: 'surface-name',
    message: `"${name}" names a surface: only packages/surfaces may`,
  }));
}

function findNames(text: string): { name: string; offset: number }[] {
  return [...text.matchAll(names)].map((match) => ({ name: match[0], offset: match.index }));
}

function isExempt(path: string): boolean {
  return (
    isTestCode(path) ||
    /^(packages\/surfaces|docs|deploy|docker|examples)\//.test(path) ||
    /\.md$/.test(path) ||
    /(^|\/)(docker-compose[\w.-]*\.ya?ml|\.env\.example|package-lock\.json)$/.test(path)
  );
}
