/**
 * Gives a Python text back the indentation it lost: a line that ends with `:` opens a block, a bare `return` or `raise` statement ends
 * the innermost one. Nothing else is touched.
 */
export function restoreIndentation(source: string): string {
  let depth = 0;
  return source
    .split('\n')
    .map((line) => {
      const indented = `${'    '.repeat(depth)}${line}`;
      if (line.endsWith(':')) depth += 1;
      else if (/^(return|raise)\b/.test(line)) depth -= 1;
      return indented;
    })
    .join('\n');
}
