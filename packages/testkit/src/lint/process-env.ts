import { parseSync, Visitor } from 'oxc-parser';
import { isScript, isTestCode, lineAt, type SourceFile, type Violation } from './source-file.ts';

/** Settings have one reader, packages/config: elsewhere `process.env` is a setting nobody documented. */
export function checkProcessEnv({ path, text }: SourceFile): Violation[] {
  if (!isScript(path) || isExempt(path)) return [];
  const { program } = parseSync(path, text);
  const offsets: number[] = [];
  new Visitor({
    MemberExpression(node) {
      const isProcess = node.object.type === 'Identifier' && node.object.name === 'process';
      const property =
        node.property.type === 'Identifier' ? node.property.name : node.property.type === 'Literal' ? node.property.value : '';
      if (isProcess && property === 'env') offsets.push(node.start);
    },
    VariableDeclarator(node) {
      const isProcess = node.init?.type === 'Identifier' && node.init.name === 'process';
      if (!isProcess || node.id.type !== 'ObjectPattern') return;
      if (
        node.id.properties.some((item) => item.type === 'Property' && item.key.type === 'Identifier' && item.key.name === 'env')
      )
        offsets.push(node.start);
    },
    ImportDeclaration(node) {
      if (!/^(node:)?process$/.test(node.source.value)) return;
      const isEnv = node.specifiers.some(
        (item) => item.type === 'ImportSpecifier' && item.imported.type === 'Identifier' && item.imported.name === 'env',
      );
      if (isEnv) offsets.push(node.start);
    },
  }).visit(program);
  return offsets.map((offset) => ({
    path,
    line: lineAt(text, offset),
    rule: 'process-env',
    message: 'reads the environment: only packages/config may; take the value from the configuration',
  }));
}

function isExempt(path: string): boolean {
  return isTestCode(path) || /^(packages\/config|scripts|prisma)\//.test(path) || path === 'prisma.config.ts';
}
