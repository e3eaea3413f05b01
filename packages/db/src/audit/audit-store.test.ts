import type { NewAuditEntry } from '@polyreel/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenTestDatabase, openTestDatabase } from '../../test/open-test-database.ts';
import { testIds } from '../../test/factories.ts';
import { z } from 'zod';
import type { SqlPool } from '../sql/sql.ts';
import { appendAudit, createAuditStore } from './audit-store.ts';

let db: OpenTestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.drop());

const entry = (more: Partial<NewAuditEntry> = {}): NewAuditEntry => ({
  accountId: 'usr_1',
  credential: 'api_key',
  keyId: 'key_1',
  keyName: 'test',
  surface: 'test-surface',
  action: 'render.create',
  target: 'job_1',
  ip: '192.0.2.1',
  userAgent: 'curl/8',
  status: 200,
  requestId: 'req_1',
  ...more,
});
interface PlanNode {
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number | undefined;
  readonly 'Rows Removed by Index Recheck'?: number | undefined;
  readonly Plans?: readonly PlanNode[] | undefined;
}
const planSchema: z.ZodType<PlanNode> = z.object({
  'Actual Rows': z.number(),
  'Actual Loops': z.number(),
  'Rows Removed by Filter': z.number().optional(),
  'Rows Removed by Index Recheck': z.number().optional(),
  get Plans() {
    return z.array(planSchema).optional();
  },
});
const explainSchema = z.object({ 'QUERY PLAN': z.tuple([z.object({ Plan: planSchema })]) });
/** Rows that were taken from tables and indexes, shown or thrown away. */
const rowsRead = (node: PlanNode): number =>
  node.Plans !== undefined
    ? node.Plans.reduce((sum, child) => sum + rowsRead(child), 0)
    : node['Actual Loops'] *
      (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0));
const thisMonth = () => `audit_entries_${new Date().toISOString().slice(0, 7).replace('-', '_')}`;

describe('the audit', () => {
  it('takes many rows at once and pages them newest first, by account', async () => {
    await db.audit.append(Array.from({ length: 7 }, (_unused, index) => entry({ target: `job_${index}` })));
    await db.audit.append([entry({ accountId: 'usr_2' })]);
    await db.audit.append([]);
    const seen: (string | null)[] = [];
    let afterId: string | undefined;
    for (let hasMore = true; hasMore; ) {
      const page = await db.audit.list({ accountId: 'usr_1', limit: 3, ...(afterId !== undefined && { afterId }) });
      seen.push(...page.entries.map((row) => row.target));
      afterId = page.entries.at(-1)?.id;
      hasMore = page.hasMore;
    }
    expect(new Set(seen).size).toBe(7);
    expect(seen).toHaveLength(7);
    const { entries } = await db.audit.list({ accountId: 'usr_2', limit: 9 });
    expect(entries).toMatchObject([entry({ accountId: 'usr_2' })]);
    const foreign = db.audit.list({ accountId: 'usr_1', limit: 3, afterId: entries[0]?.id ?? '' });
    await expect(foreign).rejects.toMatchObject({ code: 'invalid_cursor' });
  });

  it('reads no more for the last page of ten thousand rows than for the first', async () => {
    // Half of the rows are somebody else's, and several have one time, as rows of one batch do.
    await db.pool.query(
      `INSERT INTO audit_entries (id, at, account_id, credential, action)
        SELECT 'aud_' || lpad(n::text, 26, '0'), now() + n / 50 * interval '1 second', 'usr_' || 100 + n % 2, 'api_key', 'render.get'
        FROM generate_series(1, 20000) AS n`,
    );
    await db.pool.query('ANALYZE audit_entries');
    const reads: number[] = [];
    const measured: SqlPool = {
      ...db.sql,
      async rows(statement) {
        const { rows } = await db.pool.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${statement.text}`, [...(statement.values ?? [])]);
        reads.push(
          z
            .array(explainSchema)
            .parse(rows)
            .reduce((sum, row) => sum + rowsRead(row['QUERY PLAN'][0].Plan), 0),
        );
        return db.sql.rows(statement);
      },
    };
    const audit = createAuditStore(measured, testIds);
    let seen = 0;
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page: Awaited<ReturnType<typeof audit.list>> = await audit.list({
        ...{ accountId: 'usr_100', limit: 100 },
        ...(cursor !== undefined && { cursor }),
      });
      seen += page.entries.length;
      cursor = page.next;
    }
    expect(seen).toBe(10_000);
    expect(reads).toHaveLength(100);
    expect(Math.max(...reads), 'of ten thousand').toBeLessThanOrEqual(4 * 101);
  });

  it('is filtered by action, key and time', async () => {
    await db.audit.append([
      entry({ accountId: 'usr_3', action: 'a', keyId: 'k1' }),
      entry({ accountId: 'usr_3', action: 'b', keyId: 'k2' }),
    ]);
    const find = async (more: object) =>
      (await db.audit.list({ accountId: 'usr_3', limit: 9, ...more })).entries.map((row) => row.action);
    expect(await find({ action: 'a' })).toEqual(['a']);
    expect(await find({ keyId: 'k2' })).toEqual(['b']);
    expect(await find({ since: new Date(Date.now() + 60_000) })).toEqual([]);
    expect(await find({ until: new Date(Date.now() - 3600_000) })).toEqual([]);
  });

  it('is written in the transaction of its effect, and gone with it', async () => {
    const failing = db.sql.transaction(async (tx) => {
      await appendAudit(tx, testIds, [entry({ accountId: 'usr_4' })]);
      throw new Error('the effect failed');
    });
    await expect(failing).rejects.toThrow('the effect failed');
    expect((await db.audit.list({ accountId: 'usr_4', limit: 9 })).entries).toEqual([]);
  });

  it('keeps a row whose foreign text cannot be stored as it is', async () => {
    await db.audit.append([entry({ accountId: 'usr_5', userAgent: `a\0b\uD800${'x'.repeat(5000)}` })]);
    const { entries } = await db.audit.list({ accountId: 'usr_5', limit: 9 });
    expect(entries[0]?.userAgent).toMatch(/^a\uFFFDb\uFFFDx+$/);
    expect(entries[0]?.userAgent).toHaveLength(1000);
  });

  it.each(['UPDATE %s SET action = action', 'DELETE FROM %s', 'TRUNCATE %s', 'UPDATE %s SET action = action WHERE false'])(
    'refuses %s, on the whole and on a month',
    async (statement) => {
      for (const table of ['audit_entries', thisMonth()])
        await expect(db.pool.query(statement.replace('%s', table)), table).rejects.toThrow(/cannot be changed or removed/);
    },
  );

  it('has its months made ahead, once, by many processes at once', async () => {
    await db.pool.query('DROP TABLE IF EXISTS audit_entries_old');
    await Promise.all(Array.from({ length: 6 }, () => db.maintain({ results: null, audit: null })));
    const { rows } = await db.pool.query(
      `SELECT count(*)::int AS count FROM pg_inherits WHERE inhparent = 'audit_entries'::regclass`,
    );
    expect(rows).toEqual([{ count: 13 }]);
  });

  it('is dropped by whole months only, and only old ones', async () => {
    await db.pool.query(
      `CREATE TABLE audit_entries_2020_02 PARTITION OF audit_entries FOR VALUES FROM ('2020-02-01Z') TO ('2020-03-01Z')`,
    );
    expect(await db.audit.dropMonthsBefore(new Date('2020-02-29T23:59:59Z'))).toEqual([]);
    expect(await db.audit.dropMonthsBefore(new Date('2020-03-01T00:00:00Z'))).toEqual(['audit_entries_2020_02']);
    expect((await db.audit.list({ accountId: 'usr_2', limit: 9 })).entries).toHaveLength(1);
  });
});
