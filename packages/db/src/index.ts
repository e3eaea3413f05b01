export { appendAudit } from './audit/audit-store.ts';
export { type OpenJobSignals, openJobSignals } from './job-signals.ts';
export type { Channel, JobSignal, SignalHandler, Signals } from './listener.ts';
export { type Database, type DatabaseOptions, openDatabase, type Retention } from './open-database.ts';
export { createPreviewSender, openPreviewSignals } from './previews.ts';
export { createSafetyLog } from './safety/safety-log.ts';
export type { Sql, SqlPool, Statement } from './sql/sql.ts';
export type { Statistics } from './statistics.ts';
