import type { JobState } from '@polyreel/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newJob } from '../../test/factories.ts';
import { type OpenTestDatabase, openTestDatabase } from '../../test/open-test-database.ts';

let db: OpenTestDatabase;
const newestFirst: string[] = [];
beforeAll(async () => {
  db = await openTestDatabase();
  await db.addAccount(1);
  await db.addAccount(2);
  for (let index = 0; index < 7; index += 1) {
    const job = newJob();
    await db.jobs.submit(job);
    newestFirst.unshift(job.externalId);
    if (index % 2 === 0) await db.jobs.cancel({ ...job, from: ['queued'] });
  }
  await db.jobs.submit(newJob({ surface: 'another' }));
  await db.jobs.submit(newJob({ accountId: 'usr_2', keyId: 'key_2', externalId: 'foreign' }));
});
afterAll(() => db.drop());

const mine = { accountId: 'usr_1', surface: 'test-surface' };

async function pageThrough(states?: readonly JobState[]): Promise<string[]> {
  const seen: string[] = [];
  for (let hasMore = true; hasMore; ) {
    const last = seen.at(-1);
    const page = await db.jobs.list({
      ...mine,
      limit: 2,
      ...(states && { states }),
      ...(last !== undefined && { afterExternalId: last }),
    });
    expect(page.jobs.length).toBeLessThanOrEqual(2);
    seen.push(...page.jobs.map((job) => job.externalId));
    hasMore = page.hasMore;
  }
  return seen;
}

describe('the list of jobs', () => {
  it('is of one account and surface, newest first, each job on one page', async () => {
    expect(await pageThrough()).toEqual(newestFirst);
  });

  it('pages jobs of one and the same instant without a gap, by id', async () => {
    await db.pool.query(
      `UPDATE jobs SET created_at = '2026-01-01T00:00:00Z' WHERE surface = 'test-surface' AND account_id = 'usr_1'`,
    );
    const seen = await pageThrough();
    expect(seen).toHaveLength(7);
    expect(new Set(seen)).toEqual(new Set(newestFirst));
  });

  it('is filtered by state, and counts the same', async () => {
    expect(await pageThrough(['queued'])).toHaveLength(3);
    expect(await pageThrough(['cancelled'])).toHaveLength(4);
    expect(await db.jobs.count({ ...mine, states: ['cancelled'] })).toBe(4);
    expect(await db.jobs.count(mine)).toBe(7);
    expect(await db.jobs.count({ ...mine, createdAfter: new Date() })).toBe(0);
  });

  it('goes by offset where a surface pages so', async () => {
    const page = await db.jobs.list({ ...mine, limit: 3, offset: 5 });
    expect(page.jobs).toHaveLength(2);
    expect(page.hasMore).toBe(false);
  });

  it.each(['nobody', 'foreign'])('refuses the cursor %s', async (afterExternalId) => {
    await expect(db.jobs.list({ ...mine, limit: 2, afterExternalId })).rejects.toMatchObject({
      kind: 'invalid_request',
      code: 'invalid_cursor',
    });
  });
});
