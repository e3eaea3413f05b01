import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newJob } from '../../test/factories.ts';
import { type OpenTestDatabase, openTestDatabase } from '../../test/open-test-database.ts';
import { addOutput } from '../../test/step-helpers.ts';

let db: OpenTestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
  await db.addAccount(1);
});
afterAll(() => db.drop());

const pending = (id: string, expiresInSeconds: number) =>
  db.files.createPending({
    id,
    accountId: 'usr_1',
    jobId: null,
    origin: 'upload',
    objectKey: `inputs/${id}`,
    mediaType: 'application/octet-stream',
    displayName: 'portrait.png',
    expiresInSeconds,
  });
const ready = (id: string, expiresInSeconds: number | null) =>
  db.files.markReady({
    id,
    mediaType: 'image/png',
    sizeBytes: 5_000_000_000,
    sha256: 'ab'.repeat(32),
    facts: { width: 7 },
    expiresInSeconds,
  });
const expiredIds = async () => (await db.files.listExpired(100)).map((file) => file.id);

describe('files', () => {
  it('become ready once, with sniffed type, size beyond 4 GiB, and facts', async () => {
    await pending('fil_a', 60);
    expect(await db.files.findById('fil_a')).toMatchObject({ state: 'pending', sha256: null, sizeBytes: 0, facts: {} });
    expect(await ready('fil_a', null)).toBe(true);
    expect(await db.files.findById('fil_a')).toMatchObject({
      state: 'ready',
      mediaType: 'image/png',
      sizeBytes: 5_000_000_000,
      sha256: 'ab'.repeat(32),
      facts: { width: 7 },
      expiresAt: null,
      displayName: 'portrait.png',
    });
    expect(await ready('fil_a', null)).toBe(false);
    expect(await ready('fil_none', null)).toBe(false);
  });

  it('are shown to their account only', async () => {
    expect(await db.files.findOfAccount({ accountId: 'usr_1', id: 'fil_a' })).not.toBeNull();
    expect(await db.files.findOfAccount({ accountId: 'usr_2', id: 'fil_a' })).toBeNull();
  });

  it('that have run out are listed oldest first, and can become ready no more', async () => {
    await pending('fil_old', -60);
    await pending('fil_older', -120);
    await pending('fil_young', 60);
    expect(await expiredIds()).toEqual(['fil_older', 'fil_old']);
    expect(await ready('fil_old', null)).toBe(false);
    await db.files.remove(['fil_old', 'fil_older']);
    expect(await expiredIds()).toEqual([]);
    expect(await db.files.findById('fil_old')).toBeNull();
  });

  it('of a job are left alone while it is active, however old', async () => {
    const job = newJob();
    await db.jobs.submit(job);
    const clip = await addOutput(db, { jobId: job.id, origin: 'intermediate' });
    await db.pool.query(`UPDATE files SET expires_at = now() - interval '1 day' WHERE id = $1`, [clip.fileId]);
    expect(await expiredIds()).toEqual([]);
    await db.jobs.cancel({ ...job, from: ['queued'] });
    expect(await expiredIds()).toEqual([clip.fileId]);
  });

  it('claim their object keys, renditions too, and a key cannot be claimed twice', async () => {
    await db.prisma.fileRendition.create({
      data: { fileId: 'fil_a', name: 'thumbnail', objectKey: 'renditions/fil_a/thumbnail', mediaType: 'image/jpeg' },
    });
    const claimed = await db.files.claimedKeys(['inputs/fil_a', 'renditions/fil_a/thumbnail', 'inputs/fil_nobody']);
    expect(claimed).toEqual(new Set(['inputs/fil_a', 'renditions/fil_a/thumbnail']));
    const twice = {
      accountId: 'usr_1',
      jobId: null,
      origin: 'upload',
      mediaType: 'a/b',
      displayName: 'x',
      expiresInSeconds: 1,
    } as const;
    await expect(db.files.createPending({ ...twice, id: 'fil_b', objectKey: 'inputs/fil_a' })).rejects.toMatchObject({
      kind: 'conflict',
    });
  });

  it('of jobs that ended long ago run out, inputs too, and nothing else does', async () => {
    await pending('fil_given', 60);
    await ready('fil_given', 60);
    await pending('fil_other', 60);
    await ready('fil_other', null);
    const image = { fileId: 'fil_given' };
    const spec = { ...newJob().spec, kind: 'animate', specVersion: 1, model: 'm', image, audio: image, audioSeconds: 1 } as const;
    const talk = {
      ...spec,
      canvas: { width: 64, height: 64 },
      frameRate: { numerator: 25, denominator: 1 },
      seed: 1,
      prompt: '',
    };
    const job = newJob({ spec: { ...talk, outputName: 'x' }, inputFileIds: ['fil_given'] });
    await db.jobs.submit(job);
    const result = await addOutput(db, { jobId: job.id, origin: 'output' });
    await db.pool.query('UPDATE files SET expires_at = NULL WHERE id = $1', [result.fileId]);
    await db.pool.query(`UPDATE jobs SET state = 'succeeded', finished_at = now() - interval '8 days' WHERE id = $1`, [job.id]);
    await db.maintain({ results: 10, audit: null });
    expect(await expiredIds()).not.toContain('fil_given');
    await db.maintain({ results: 7, audit: null });
    const expired = await expiredIds();
    expect(expired).toEqual(expect.arrayContaining(['fil_given', result.fileId]));
    expect(expired).not.toContain('fil_other');
  });
});
