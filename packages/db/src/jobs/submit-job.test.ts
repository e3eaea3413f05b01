import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { film, newJob, planOf, scene, spec } from '../../test/factories.ts';
import { type OpenTestDatabase, openTestDatabase } from '../../test/open-test-database.ts';

let db: OpenTestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
  await db.addAccount(1);
  await db.addAccount(2);
});
afterAll(() => db.drop());

const fault = (kind: string, more: object = {}) => expect.objectContaining({ name: 'DomainError', kind, ...more });

describe('submit', () => {
  it('writes job, steps and the first event, and names the steps that are due', async () => {
    const job = newJob({ plan: planOf(scene('a'), scene('b', { resource: 'gpu' }), film(['a', 'b'])) });
    const { view, due, isReplay } = await db.jobs.submit(job);
    expect(isReplay).toBe(false);
    expect(view).toMatchObject({
      id: job.id,
      accountId: 'usr_1',
      state: 'queued',
      progressRatio: 0,
      clientRef: { note: 'theirs' },
      milestonesDone: 0,
      milestonesTotal: 2,
      runners: ['cpu'],
      error: null,
      version: 1,
    });
    expect(due.map((step) => [step.resource, step.attempt])).toEqual([
      ['cpu', 1],
      ['gpu', 1],
    ]);
    expect(await db.jobs.events({ jobId: job.id, afterSeq: 0, limit: 10 })).toMatchObject([{ seq: 1, type: 'job.queued' }]);
    const steps = await db.prisma.step.findMany({ where: { jobId: job.id }, orderBy: { position: 'asc' } });
    expect(steps.map((step) => [step.key, step.state, step.needs])).toEqual([
      ['a', 'due', []],
      ['b', 'due', []],
      ['film', 'blocked', ['a', 'b']],
    ]);
  });

  it('gives the job back by account, surface and id only', async () => {
    const job = newJob();
    const { view } = await db.jobs.submit(job);
    const query = { accountId: 'usr_1', surface: job.surface, externalId: job.externalId };
    expect(await db.jobs.findByExternalId(query)).toEqual(view);
    expect(await db.jobs.findById(job.id)).toEqual(view);
    expect(await db.jobs.readSpec(job.id)).toEqual(spec);
    expect(await db.jobs.findByExternalId({ ...query, accountId: 'usr_2' })).toBeNull();
    expect(await db.jobs.findByExternalId({ ...query, surface: 'another' })).toBeNull();
    expect(await db.jobs.findById('job_none')).toBeNull();
  });

  it('lets one of twenty parallel submits with one exclusive key through and names its job to the others', async () => {
    const jobs = Array.from({ length: 20 }, () => newJob({ exclusiveKey: 'key_1' }));
    const ends = await Promise.allSettled(jobs.map((job) => db.jobs.submit(job)));
    const won = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value.view] : []));
    expect(won).toHaveLength(1);
    const lost = ends.flatMap((end): unknown[] => (end.status === 'rejected' ? [end.reason] : []));
    expect(lost).toHaveLength(19);
    for (const reason of lost)
      expect(reason).toEqual(
        fault('already_active', { details: { activeJobId: won[0]?.id, activeExternalId: won[0]?.externalId } }),
      );
    expect(await db.jobs.findActiveByExclusiveKey('key_1')).toEqual(won[0]);
    expect(await db.prisma.step.count({ where: { jobId: { in: jobs.map((job) => job.id) } } })).toBe(1);
  });

  it('frees the exclusive key the moment the job is cancelled', async () => {
    const first = newJob({ exclusiveKey: 'free-me' });
    await db.jobs.submit(first);
    await db.jobs.cancel({ ...first, from: ['queued'] });
    expect(await db.jobs.findActiveByExclusiveKey('free-me')).toBeNull();
    expect((await db.jobs.submit(newJob({ exclusiveKey: 'free-me' }))).view.state).toBe('queued');
  });

  it('never lets an account over its limit of active jobs, forty submits at once', async () => {
    await db.addAccount(3);
    const jobs = Array.from({ length: 40 }, () => newJob({ accountId: 'usr_3', keyId: 'key_3', maxActiveJobsOfAccount: 7 }));
    const ends = await Promise.allSettled(jobs.map((job) => db.jobs.submit(job)));
    expect(ends.filter((end) => end.status === 'fulfilled')).toHaveLength(7);
    for (const end of ends) if (end.status === 'rejected') expect(end.reason).toEqual(fault('too_many_jobs'));
    expect(await db.jobs.count({ accountId: 'usr_3', surface: 'test-surface', states: ['queued', 'running'] })).toBe(7);
  });

  it('refuses a job whose steps the queue has no room for', async () => {
    const job = newJob({ plan: planOf(scene('a'), scene('b')), maxQueuedSteps: 2 });
    await expect(db.jobs.submit(job)).rejects.toEqual(fault('overloaded', { code: 'queue_full' }));
    expect(await db.jobs.findById(job.id)).toBeNull();
  });

  it('refuses an id that the surface has used', async () => {
    const job = newJob();
    await db.jobs.submit(job);
    const again = newJob({ externalId: job.externalId });
    await expect(db.jobs.submit(again)).rejects.toEqual(fault('conflict', { code: 'external_id_taken' }));
  });

  it.each([
    ['NUL', 'a\0b'],
    ['half of a surrogate pair', 'a\uD800b'],
  ])('refuses text with %s by name, not as a server fault', async (_name, prompt) => {
    const job = newJob({ spec: { ...spec, ...(spec.kind === 'generate' && { scenes: [{ prompt, negativePrompt: '' }] }) } });
    await expect(db.jobs.submit(job)).rejects.toEqual(fault('invalid_request', { code: 'invalid_text' }));
  });
});

describe('the inputs of a job', () => {
  const upload = async (id: string, expiresInSeconds: number, accountId = 'usr_1') => {
    const file = {
      id,
      accountId,
      jobId: null,
      origin: 'upload',
      objectKey: `inputs/${id}`,
      mediaType: 'image/png',
      displayName: id,
    } as const;
    await db.files.createPending({ ...file, expiresInSeconds: 3600 });
    const facts = { width: 2 };
    await db.files.markReady({ id, mediaType: 'image/png', sizeBytes: 3, sha256: 'ab'.repeat(32), facts, expiresInSeconds });
  };

  it('lose their expiry in the same transaction', async () => {
    await upload('fil_kept', 3600);
    await db.jobs.submit(newJob({ inputFileIds: ['fil_kept', 'fil_kept'] }));
    expect((await db.files.findById('fil_kept'))?.expiresAt).toBeNull();
  });

  it.each([
    ['has expired', 'fil_old', -1, 'usr_1'],
    ["is another account's", 'fil_foreign', 3600, 'usr_2'],
  ])('refuse the job when one %s, and keep the others as they were', async (_name, bad, seconds, accountId) => {
    await upload(`${bad}_good`, 3600);
    await upload(bad, seconds, accountId);
    const job = newJob({ inputFileIds: [`${bad}_good`, bad] });
    await expect(db.jobs.submit(job)).rejects.toEqual(fault('invalid_request', { code: 'input_gone' }));
    expect((await db.files.findById(`${bad}_good`))?.expiresAt).not.toBeNull();
    expect(await db.jobs.findById(job.id)).toBeNull();
  });
});

describe('an idempotency key', () => {
  const idempotency = { key: 'once', fingerprint: 'f1', ttlSeconds: 3600 };

  it('makes twenty equal submits at once one job, and writes steps once', async () => {
    const jobs = Array.from({ length: 20 }, () => newJob({ idempotency, exclusiveKey: 'idempotent' }));
    const answers = await Promise.all(jobs.map((job) => db.jobs.submit(job)));
    expect(new Set(answers.map((answer) => answer.view.id)).size).toBe(1);
    expect(answers.filter((answer) => !answer.isReplay)).toHaveLength(1);
    expect(answers.flatMap((answer) => answer.due)).toHaveLength(1);
  });

  it('refuses another request under the same key', async () => {
    await db.jobs.submit(newJob({ idempotency: { ...idempotency, key: 'two' } }));
    const other = newJob({ idempotency: { ...idempotency, key: 'two', fingerprint: 'f2' } });
    await expect(db.jobs.submit(other)).rejects.toEqual(fault('idempotency_mismatch'));
  });

  it('means nothing under another API key, and nothing after its time', async () => {
    const first = await db.jobs.submit(newJob({ idempotency: { ...idempotency, key: 'three', ttlSeconds: 0 } }));
    const foreign = await db.jobs.submit(
      newJob({ accountId: 'usr_2', keyId: 'key_2', idempotency: { ...idempotency, key: 'three' } }),
    );
    const later = await db.jobs.submit(newJob({ idempotency: { ...idempotency, key: 'three', fingerprint: 'f3' } }));
    expect(new Set([first, foreign, later].map((answer) => answer.view.id)).size).toBe(3);
  });
});

describe('a charge', () => {
  const since = new Date(Date.now() - 60_000);

  it('never overdraws the allowance, thirty submits at once, and is given back when the job is cancelled', async () => {
    await db.addAccount(4);
    const jobs = Array.from({ length: 30 }, () =>
      newJob({ accountId: 'usr_4', keyId: 'key_4', charge: { credits: 3, allowance: { credits: 20, since } } }),
    );
    const ends = await Promise.allSettled(jobs.map((job) => db.jobs.submit(job)));
    const won = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value.view] : []));
    expect(won).toHaveLength(6);
    for (const end of ends)
      if (end.status === 'rejected') expect(end.reason).toEqual(fault('no_credits', { details: { creditsRemaining: 2 } }));
    const taken = () => db.ledger.taken({ accountId: 'usr_4', surface: 'test-surface', since });
    expect(await taken()).toBe(18);
    for (const job of won) await db.jobs.cancel({ ...job, from: ['queued'] });
    expect(await taken()).toBe(0);
    expect(await db.ledger.list({ accountId: 'usr_4', limit: 100 })).toHaveLength(12);
    await db.ledger.grant({ accountId: 'usr_4', surface: 'test-surface', credits: 5 });
    expect(await taken()).toBe(-5);
  });
});
