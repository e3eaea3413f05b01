import { scaled } from '@polyreel/testkit/scale';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newJob, testIds } from '../../test/factories.ts';
import { type OpenTestDatabase, openTestDatabase } from '../../test/open-test-database.ts';

let db: OpenTestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
  for (const account of [1, 2, 3]) await db.addAccount(account);
});
afterAll(() => db.drop());

const upload = (changes: Partial<Parameters<OpenTestDatabase['library']['createUpload']>[0]> = {}) => {
  const id = testIds.next('file');
  return db.library.createUpload({
    id,
    accountId: 'usr_1',
    objectKey: `uploads/${id}`,
    displayName: 'holiday.mp4',
    declaredFamily: null,
    isTemporary: false,
    transcript: null,
    clientRef: { theirs: 1 },
    deadlineSeconds: 3600,
    ...changes,
  });
};
const sha256 = 'ab'.repeat(32);
const complete = (id: string, suffix = 'a') =>
  db.library.completeUpload({ id, objectKey: `uploads/${id}-${suffix}`, sizeBytes: 3, sha256 });
/** A file as a worker leaves it. */
async function finished(description: string, changes: Parameters<typeof upload>[0] = {}) {
  const { id } = await upload(changes);
  await complete(id);
  await db.library.noteProcessed(
    { id, mediaType: 'video/mp4', family: 'video', facts: { width: 4 }, description, embedding: null },
    ['file.analysed'],
  );
  return id;
}

describe('an upload', () => {
  it('takes one of twenty bodies that end at once', async () => {
    const { id } = await upload();
    const ends = await Promise.all(Array.from({ length: 20 }, (_, index) => complete(id, `${index}`)));
    expect(ends.filter(Boolean)).toHaveLength(1);
    const file = await db.library.find({ accountId: 'usr_1', id });
    expect(file).toMatchObject({ state: 'ready', processing: 'waiting', sizeBytes: 3, clientRef: { theirs: 1 } });
    expect(file?.objectKey).toBe(`uploads/${id}-${ends.indexOf(true)}`);
  });

  it('is removed or claimed by a job, never both, however close they come; a job that names it holds it', async () => {
    const unlessNamedBy = (id: string) => ({ surface: 'test-surface', clientRef: { assets: [id] } });
    for (let round = 0; round < scaled(100); round += 1) {
      const { id } = await upload();
      await complete(id);
      const [removal, claim] = await Promise.allSettled([
        db.library.remove({ accountId: 'usr_1', id, unlessNamedBy: unlessNamedBy(id) }),
        db.jobs.submit(newJob({ inputFileIds: [id], clientRef: { assets: [id] } })),
      ]);
      if (removal.status === 'fulfilled') expect(claim).toMatchObject({ status: 'rejected', reason: { code: 'input_gone' } });
      else {
        expect(removal.reason).toMatchObject({ kind: 'conflict', code: 'file_in_use' });
        expect(claim.status).toBe('fulfilled');
        expect(await db.library.find({ accountId: 'usr_1', id })).not.toBeNull();
      }
    }
  });

  it('is not found by another account, whatever it asks', async () => {
    const { id } = await upload();
    const key = { accountId: 'usr_2', id };
    expect(await db.library.find(key)).toBeNull();
    expect(await db.library.findMany({ accountId: 'usr_2', ids: [id] })).toEqual([]);
    expect(await db.library.archive(key)).toBeNull();
    expect(await db.library.publish({ ...key, playbackId: 'p1' })).toBeNull();
    expect(await db.library.unpublish(key)).toBeNull();
    expect(await db.library.remove(key)).toBe(false);
  });

  it('fails when its bytes do not come, and is told of', async () => {
    await db.endpoints.create({
      id: testIds.next('endpoint'),
      accountId: 'usr_1',
      surface: 'test-surface',
      url: 'https://a.example/hook',
      events: ['file.upload_failed'],
      description: null,
      secret: { id: testIds.next('secret'), sealed: 'x' },
      endpointsMax: 5,
    });
    const { id } = await upload();
    await db.pool.query(`UPDATE files SET upload_deadline = now() - interval '2 hours' WHERE id = $1`, [id]);
    expect(await db.library.failOverdue()).toBe(1);
    expect(await complete(id)).toBe(false);
    expect(await db.library.find({ accountId: 'usr_1', id })).toMatchObject({
      state: 'failed',
      failure: { code: 'upload_expired' },
    });
    const told = await db.pool.query('SELECT event FROM deliveries WHERE file_id = $1', [id]);
    expect(told.rows).toEqual([{ event: 'file.upload_failed' }]);
  });
});

describe('renditions', () => {
  it('belong to the attempt that holds the key; a late one changes nothing', async () => {
    const { id } = await upload();
    await complete(id);
    const rendition = { fileId: id, name: 'preview', mediaType: 'video/mp4' } as const;
    const stored = { sizeBytes: 9, sha256, facts: { width: 2 } };
    expect(await db.library.beginRendition({ ...rendition, objectKey: `renditions/${id}/late` })).toBe(true);
    expect(await db.library.beginRendition({ ...rendition, objectKey: `renditions/${id}/new` })).toBe(true);
    expect(await db.library.endRendition({ ...rendition, ...stored, objectKey: `renditions/${id}/late` })).toBe(false);
    expect(await db.library.endRendition({ ...rendition, ...stored, objectKey: `renditions/${id}/new` })).toBe(true);
    expect(await db.library.beginRendition({ ...rendition, objectKey: `renditions/${id}/again` })).toBe(false);
    const file = await db.library.findById(id);
    expect(file?.renditions).toMatchObject([{ name: 'preview', state: 'ready', sizeBytes: 9, facts: { width: 2 } }]);
  });
});

describe('the list of files', () => {
  it('shows every file on one page, newest change first, and no archived, foreign or unfinished one', async () => {
    const mine = { accountId: 'usr_3' };
    const made: string[] = [];
    for (let index = 0; index < scaled(1000); index += 1) made.push(await finished(`file ${index}`, mine));
    const [gone = ''] = made.splice(3, 1);
    await db.library.archive({ ...mine, id: gone });
    await db.jobs.submit(newJob({ ...mine, keyId: 'key_3' }));
    const seen: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await db.library.list({
        ...mine,
        collections: ['library'],
        limit: 7,
        ...(cursor !== undefined && { cursor }),
      });
      seen.push(...page.files.map(({ id }) => id));
      if (page.nextCursor === null) break;
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(made.toReversed());
  });

  it('reads a page by its index, not by all files before it', async () => {
    await db.pool.query('ANALYZE files');
    const client = await db.pool.connect();
    await client.query('SET enable_seqscan = off');
    const plan = await client.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN SELECT id FROM files WHERE account_id = 'usr_3' AND collection IS NOT NULL AND collection = ANY('{library}')
        AND archived_at IS NULL AND (updated_at, id) < (now()::timestamptz(3), 'fil_z') ORDER BY updated_at DESC, id DESC LIMIT 8`,
    );
    client.release(true);
    expect(plan.rows.map((row) => row['QUERY PLAN']).join('\n')).toMatch(/Index (Only )?Scan using files_shown/);
  });

  it.each(['', 'nonsense', '1.fil_x', "1.fil_' OR 1=1"])('refuses the cursor %j', async (cursor) => {
    await expect(db.library.list({ accountId: 'usr_1', collections: ['library'], limit: 2, cursor })).rejects.toMatchObject({
      code: 'invalid_cursor',
    });
  });
});

describe('search', () => {
  it('puts the file with all of the words first, each similarity in 0..1, and finds nothing for signs', async () => {
    const both = await finished('a red lighthouse by the sea', { accountId: 'usr_2' });
    const one = await finished('a sea of clouds', { accountId: 'usr_2' });
    await finished('something else', { accountId: 'usr_2' });
    await finished('temporary lighthouse', { accountId: 'usr_2', isTemporary: true });
    const named = await finished('x', { accountId: 'usr_2', displayName: 'boat_trip-1.mp4' });
    const search = (text: string) => db.library.search({ accountId: 'usr_2', text, embedding: null, limit: 10 });
    const found = await search('lighthouse sea');
    expect(found.map(({ file }) => file.id)).toEqual([both, one]);
    for (const { similarityRatio } of found) {
      expect(similarityRatio).toBeGreaterThan(0);
      expect(similarityRatio).toBeLessThanOrEqual(1);
    }
    expect((await search('trip')).map(({ file }) => file.id)).toEqual([named]);
    for (const text of ['!!!', '', "';--", 'q\0z', "'' | :* & !"]) expect(await search(text)).toEqual([]);
  });

  it('is by cosine where the query has a vector, never below 0', async () => {
    const near = await finished('near', { accountId: 'usr_2' });
    const far = await finished('far', { accountId: 'usr_2' });
    await db.pool.query(`UPDATE files SET embedding = '{1,0.1}' WHERE id = $1`, [near]);
    await db.pool.query(`UPDATE files SET embedding = '{-1,0}' WHERE id = $1`, [far]);
    const found = await db.library.search({ accountId: 'usr_2', text: 'x', embedding: [2, 0], limit: 10 });
    expect(found.map(({ file }) => file.id)).toEqual([near, far]);
    expect(found[0]?.similarityRatio).toBeCloseTo(0.995, 3);
    expect(found[1]?.similarityRatio).toBe(0);
  });
});

it('a public file keeps its id until it is taken back, and loses it when archived', async () => {
  const id = await finished('public');
  const key = { accountId: 'usr_1', id };
  await db.library.publish({ ...key, playbackId: 'first' });
  expect(await db.library.publish({ ...key, playbackId: 'second' })).toMatchObject({ playbackId: 'first' });
  expect(await db.library.findByPlaybackId('first')).toMatchObject({ id });
  await db.library.unpublish(key);
  expect(await db.library.findByPlaybackId('first')).toBeNull();
  await db.library.publish({ ...key, playbackId: 'third' });
  await db.library.archive(key);
  expect(await db.library.findByPlaybackId('third')).toBeNull();
  expect(await db.library.publish({ ...key, playbackId: 'fourth' })).toBeNull();
});

it('an upload whose process died is found again, unless a job for it is active', async () => {
  const { id } = await upload();
  await complete(id);
  await db.pool.query(`UPDATE files SET updated_at = now() - interval '1 hour' WHERE id = $1`, [id]);
  const waiting = async () => (await db.library.listWaiting({ olderThanSeconds: 30, limit: 100 })).map((file) => file.id);
  expect(await waiting()).toContain(id);
  await db.jobs.submit(newJob({ exclusiveKey: `process:${id}` }));
  expect(await waiting()).not.toContain(id);
});
