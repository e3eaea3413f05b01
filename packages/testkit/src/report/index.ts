export { addCounts, type Counts, collectReport, dropReport, reportFlags, type WorkspaceResult } from './vitest-report.ts';
