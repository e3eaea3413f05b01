export { lintHouseRules } from './house-rules.ts';
export type { SourceFile, Violation } from './source-file.ts';
