import { type IdSource, type JobEventType, type JobStore, jobSpecSchema } from '@polyreel/core';
import type { SqlPool } from '../sql/sql.ts';
import { cancelJob } from './cancel-job.ts';
import { readReplay } from './idempotency.ts';
import { type JobRow, jobColumns, toJobView } from './job-row.ts';
import { countJobs, listJobs } from './list-jobs.ts';
import { createQueueDepth } from './queue-depth.ts';
import { removeJob } from './remove-job.ts';
import { findActive, submitJob } from './submit-job.ts';

export function createJobStore(sql: SqlPool, ids: IdSource): JobStore {
  const queueDepth = createQueueDepth(() => performance.now());
  return {
    submit: (job) => submitJob({ sql, ids, queueDepth }, job),
    findReplay: (query) => readReplay(sql, query),
    cancel: (query) => cancelJob(sql, ids, query),
    remove: (query) => removeJob(sql, ids, query),
    list: (query) => listJobs(sql, query),
    count: (query) => countJobs(sql, query),
    findActiveByExclusiveKey: (exclusiveKey) => findActive(sql, exclusiveKey),
    async findByExternalId(query) {
      const row = await sql.row<JobRow>({
        name: 'job_by_external_id',
        text: `SELECT ${jobColumns} FROM jobs WHERE surface = $1 AND external_id = $2 AND account_id = $3`,
        values: [query.surface, query.externalId, query.accountId],
      });
      return row && toJobView(row);
    },
    async findById(jobId) {
      const row = await sql.row<JobRow>({
        name: 'job_by_id',
        text: `SELECT ${jobColumns} FROM jobs WHERE id = $1`,
        values: [jobId],
      });
      return row && toJobView(row);
    },
    async readSpec(jobId) {
      const row = await sql.row<{ spec: unknown }>({ text: 'SELECT spec FROM jobs WHERE id = $1', values: [jobId] });
      return row && jobSpecSchema.parse(row.spec);
    },
    async queuePosition(jobId) {
      const row = await sql.row<{ position: number }>({
        text: `SELECT (SELECT count(*)::int + 1 FROM jobs AS other WHERE other.state = 'queued' AND (other.priority > mine.priority
            OR (other.priority = mine.priority AND (other.created_at, other.id) < (mine.created_at, mine.id)))) AS position
          FROM jobs AS mine WHERE mine.id = $1 AND mine.state = 'queued'`,
        values: [jobId],
      });
      return row?.position ?? null;
    },
    async events(query) {
      const rows = await sql.rows<{ job_id: string; seq: number; type: JobEventType; data: unknown; created_at: Date }>({
        text: 'SELECT job_id, seq, type, data, created_at FROM events WHERE job_id = $1 AND seq > $2 ORDER BY seq LIMIT $3',
        values: [query.jobId, query.afterSeq, query.limit],
      });
      return rows.map((row) => ({ jobId: row.job_id, seq: row.seq, type: row.type, data: row.data, createdAt: row.created_at }));
    },
  };
}
