import type { SourceFile, Violation } from './source-file.ts';

export const linesMax = 400;

/** A file longer than 400 lines holds more than one idea. Data (fixtures, migrations, lock files) is not counted. */
export function checkFileLength({ path, text }: SourceFile): Violation[] {
  if (!/\.([cm]?[jt]sx?|[ch]|py|sh)$/.test(path) || /(^|\/)fixtures\//.test(path)) return [];
  const lines = text.endsWith('\n') ? text.split('\n').length - 1 : text.split('\n').length;
  if (lines <= linesMax) return [];
  return [{ path, line: linesMax + 1, rule: 'file-length', message: `${lines} lines; at most ${linesMax}: split it by idea` }];
}
