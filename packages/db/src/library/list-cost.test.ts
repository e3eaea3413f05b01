import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { testIds } from '../../test/factories.ts';
import { type OpenTestDatabase, openTestDatabase } from '../../test/open-test-database.ts';
import { createLibraryStore } from './library-store.ts';

let db: OpenTestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
  for (const account of [1, 2, 3]) await db.addAccount(account);
  for (const [account, count] of [
    [1, 10],
    [2, 1000],
    [3, 3000],
  ] as const)
    await db.pool.query(
      `INSERT INTO files (id, account_id, origin, state, object_key, media_type, display_name, collection, processing, updated_at, sha256, ready_at)
        SELECT 'fil_' || $3 || lpad(n::text, 25, '0'), $1, 'upload', 'ready', 'cost/' || $1 || '/' || n, 'image/png', 'file ' || n, 'library',
          'done', now() - n * interval '1 minute', repeat('ab', 32), now() FROM generate_series(1, $2) AS n`,
      [`usr_${account}`, count, String(account)],
    );
  await db.pool.query('ANALYZE files');
});
afterAll(() => db.drop());

const explained = z.array(
  z.object({
    'QUERY PLAN': z.array(z.object({ Plan: z.object({ 'Shared Hit Blocks': z.number(), 'Shared Read Blocks': z.number() }) })),
  }),
);

/** A page, its next cursor, and how many blocks of the database were looked at for it. */
async function readPage(accountId: string, cursor?: string) {
  const asked: { text: string; values?: unknown[] }[] = [];
  const library = createLibraryStore(
    {
      ...db.sql,
      rows: (query) => {
        asked.push({ text: query.text, values: [...(query.values ?? [])] });
        return db.sql.rows(query);
      },
    },
    testIds,
  );
  const page = await library.list({ accountId, collections: ['library'], limit: 10, ...(cursor !== undefined && { cursor }) });
  let blocks = 0;
  for (const { text, values } of asked) {
    const { rows } = await db.pool.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, values);
    const plan = explained.parse(rows)[0]?.['QUERY PLAN'][0]?.Plan;
    blocks += (plan?.['Shared Hit Blocks'] ?? Number.NaN) + (plan?.['Shared Read Blocks'] ?? Number.NaN);
  }
  return { ...page, blocks };
}

it('lists 1,000 files in pages at the cost of 10: no page looks at more than the only page of an account with ten', async () => {
  const only = await readPage('usr_1');
  expect(only.files).toHaveLength(10);
  expect(only.blocks).toBeGreaterThan(0);
  const pages: number[] = [];
  const seen = new Set<string>();
  for (let cursor: string | undefined; ; ) {
    const page = await readPage('usr_2', cursor);
    for (const { id } of page.files) seen.add(id);
    pages.push(page.blocks);
    if (page.nextCursor === null) break;
    cursor = page.nextCursor;
  }
  expect(seen.size).toBe(1000);
  expect(pages).toHaveLength(100);
  // A deeper index costs a few blocks more; a page that read all before it would cost hundreds.
  expect(Math.max(...pages)).toBeLessThan(only.blocks + 20);
});
