import type { Artifact } from '@polyreel/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newJob } from '../../test/factories.ts';
import { type OpenTestDatabase, openTestDatabase } from '../../test/open-test-database.ts';
import { addOutput } from '../../test/step-helpers.ts';

let db: OpenTestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
  await db.addAccount(1);
  await db.addAccount(2);
});
afterAll(() => db.drop());

const key = 'ab'.repeat(32);
const made = async (): Promise<{ job: ReturnType<typeof newJob>; artifact: Artifact }> => {
  const job = newJob();
  await db.jobs.submit(job);
  const clip = await addOutput(db, { jobId: job.id, origin: 'intermediate' });
  return { job, artifact: { ...clip, role: 'clip' } };
};
const expired = async () => (await db.files.listExpired(100)).map(({ id }) => id);

describe('generated files', () => {
  it('outlive their job, for their own account only', async () => {
    const { job, artifact } = await made();
    expect(await db.generatedFiles.find({ accountId: 'usr_1', key })).toBeNull();
    await db.generatedFiles.keep({ accountId: 'usr_1', key, artifact });
    await db.jobs.cancel({ ...job, from: ['queued'] });
    expect(await expired()).toEqual([]);
    expect(await db.generatedFiles.find({ accountId: 'usr_1', key })).toEqual(artifact);
    expect(await db.generatedFiles.find({ accountId: 'usr_2', key })).toBeNull();
    await db.generatedFiles.keep({ accountId: 'usr_2', key, artifact });
    expect(await db.generatedFiles.find({ accountId: 'usr_2', key })).toBeNull();
  });

  it('made twice at once: the first stays, the other ends with its job', async () => {
    const { job, artifact } = await made();
    await db.generatedFiles.keep({ accountId: 'usr_1', key, artifact });
    expect((await db.generatedFiles.find({ accountId: 'usr_1', key }))?.fileId).not.toBe(artifact.fileId);
    await db.jobs.cancel({ ...job, from: ['queued'] });
    expect(await expired()).toEqual([artifact.fileId]);
    await db.files.remove([artifact.fileId]);
  });

  it('are not given when they are about to go, and are made room for when they have gone', async () => {
    const [kept] = (await db.pool.query('SELECT file_id FROM generated_files')).rows;
    await db.pool.query(`UPDATE files SET expires_at = now() + interval '10 minutes' WHERE id = $1`, [kept?.file_id]);
    expect(await db.generatedFiles.find({ accountId: 'usr_1', key })).toBeNull();
    await db.files.remove([kept?.file_id]);
    const { artifact } = await made();
    await db.generatedFiles.keep({ accountId: 'usr_1', key, artifact });
    expect(await db.generatedFiles.find({ accountId: 'usr_1', key })).toEqual(artifact);
  });
});
