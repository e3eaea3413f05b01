import { DomainError, type JobListQuery, type JobState, type JobView } from '@polyreel/core';
import type { Sql } from '../sql/sql.ts';
import { type JobRow, jobColumns, toJobView } from './job-row.ts';

export async function listJobs(sql: Sql, query: JobListQuery): Promise<{ jobs: readonly JobView[]; hasMore: boolean }> {
  const values: unknown[] = [query.accountId, query.surface];
  const place = (value: unknown): string => `$${values.push(value)}`;
  const conditions = ['account_id = $1', 'surface = $2'];
  if (query.states !== undefined) conditions.push(`state = ANY(${place(query.states)})`);
  if (query.clientRefContains !== undefined)
    conditions.push(`client_ref @> ${place(JSON.stringify(query.clientRefContains))}::jsonb`);
  if (query.externalIdPrefix !== undefined) conditions.push(`starts_with(external_id, ${place(query.externalIdPrefix)})`);
  if (query.afterExternalId !== undefined) {
    const cursor = place(await findCursor(sql, query, query.afterExternalId));
    conditions.push(`(created_at, id) < (SELECT created_at, id FROM jobs WHERE id = ${cursor})`);
  }
  const rows = await sql.rows<JobRow>({
    text: `SELECT ${jobColumns} FROM jobs WHERE ${conditions.join(' AND ')}
      ORDER BY created_at DESC, id DESC LIMIT ${place(query.limit + 1)} OFFSET ${place(query.offset ?? 0)}`,
    values,
  });
  return { jobs: rows.slice(0, query.limit).map(toJobView), hasMore: rows.length > query.limit };
}

async function findCursor(sql: Sql, query: JobListQuery, externalId: string): Promise<string> {
  const row = await sql.row<{ id: string }>({
    text: 'SELECT id FROM jobs WHERE surface = $1 AND external_id = $2 AND account_id = $3',
    values: [query.surface, externalId, query.accountId],
  });
  if (row === null) throw new DomainError('invalid_request', 'the cursor names no job', { code: 'invalid_cursor' });
  return row.id;
}

export interface JobCountQuery {
  readonly accountId: string;
  readonly surface: string;
  readonly states?: readonly JobState[];
  readonly createdAfter?: Date;
}

export async function countJobs(sql: Sql, query: JobCountQuery): Promise<number> {
  const values: unknown[] = [query.accountId, query.surface];
  const conditions = ['account_id = $1', 'surface = $2'];
  if (query.states !== undefined) conditions.push(`state = ANY($${values.push(query.states)})`);
  if (query.createdAfter !== undefined) conditions.push(`created_at > $${values.push(query.createdAfter)}`);
  const row = await sql.row<{ count: number }>({
    text: `SELECT count(*)::int AS count FROM jobs WHERE ${conditions.join(' AND ')}`,
    values,
  });
  return row?.count ?? 0;
}
