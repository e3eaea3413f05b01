import type { Artifact, ClaimedStep, FileOrigin, NewJob, StepLease } from '@polyreel/core';
import type { Database } from '../src/open-database.ts';
import { artifactOf, testIds } from './factories.ts';

/** Claims a cpu step, which must be one of this job. */
export async function claimOf(db: Database, job: NewJob): Promise<ClaimedStep> {
  const step = await db.steps.claim({ resource: 'cpu', workerId: 'wrk_1' });
  if (step?.jobId !== job.id)
    throw new Error(`claimed ${step?.key ?? 'nothing'} of ${step?.jobId ?? 'no job'} instead of a step of ${job.id}`);
  return step;
}

/** The lease ends now, as if its worker had been silent for 30 s. */
export async function lapse(db: Database, lease: StepLease): Promise<void> {
  await db.pool.query(`UPDATE steps SET lease_until = now() - interval '1 second' WHERE id = $1`, [lease.stepId]);
}

export const stateOf = async (db: Database, job: NewJob) => (await db.jobs.findById(job.id))?.state;

/** A ready file as a step leaves it. */
export async function addOutput(db: Database, of: { jobId: string; origin: FileOrigin; accountId?: string }): Promise<Artifact> {
  const id = testIds.next('file');
  const objectKey = `jobs/${of.jobId}/${id}`;
  await db.files.createPending({
    id,
    accountId: of.accountId ?? 'usr_1',
    jobId: of.jobId,
    origin: of.origin,
    objectKey,
    mediaType: 'video/mp4',
    displayName: 'film.mp4',
    expiresInSeconds: 3600,
  });
  await db.files.markReady({
    id,
    mediaType: 'video/mp4',
    sizeBytes: 3,
    sha256: 'cd'.repeat(32),
    facts: {},
    expiresInSeconds: 3600,
  });
  return artifactOf(id, objectKey);
}
