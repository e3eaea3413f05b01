import { stepRetryPolicy } from '@polyreel/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyResult, film, newJob, planOf, scene } from '../../test/factories.ts';
import { type OpenTestDatabase, openTestDatabase } from '../../test/open-test-database.ts';
import { addOutput, claimOf, lapse, stateOf } from '../../test/step-helpers.ts';

let db: OpenTestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
  await db.addAccount(1);
});
afterAll(() => db.drop());

const boom = { code: 'boom', publicMessage: 'It broke', permanent: true };
const { maxAttempts } = stepRetryPolicy;

describe('a claim', () => {
  it('marks the job running, notes that it started, and hands over what the step needs', async () => {
    const job = newJob();
    await db.jobs.submit(job);
    const step = await claimOf(db, job);
    expect(step).toMatchObject({
      key: 'only',
      type: 'run-task',
      resource: 'cpu',
      attempt: 1,
      timeoutSeconds: 600,
      jobId: job.id,
      accountId: 'usr_1',
      surface: job.surface,
      externalId: job.externalId,
      results: {},
      params: { runner: 'cpu' },
    });
    const view = await db.jobs.findById(job.id);
    expect(view).toMatchObject({ state: 'running', retries: 0 });
    expect(view?.startedAt).not.toBeNull();
    const events = await db.jobs.events({ jobId: job.id, afterSeq: 0, limit: 10 });
    expect(events.map((event) => [event.seq, event.type])).toEqual([
      [1, 'job.queued'],
      [2, 'job.started'],
    ]);
    await db.steps.fail(step, boom, null);
  });

  it('finds nothing of another resource and nothing before its time', async () => {
    const job = newJob();
    await db.jobs.submit(job);
    expect(await db.steps.claim({ resource: 'gpu', workerId: 'wrk_1' })).toBeNull();
    const step = await claimOf(db, job);
    await db.steps.fail(step, { ...boom, permanent: false }, 60);
    expect(await db.steps.claim({ resource: 'cpu', workerId: 'wrk_1' })).toBeNull();
    await db.jobs.cancel({ ...job, from: ['running'] });
  });
});

describe('success', () => {
  it('makes dependants due, hands them the results, and ends the job with the last step', async () => {
    const callback = { url: 'https://example.org/hook?x=1', events: ['job.succeeded', 'job.failed'] } as const;
    const job = newJob({ plan: planOf(scene('a', { weight: 3 }), film(['a'])), callback });
    await db.jobs.submit(job);
    const scenes = await claimOf(db, job);
    const clip = await addOutput(db, { jobId: job.id, origin: 'intermediate' });
    const done = await db.steps.succeed(scenes, { artifacts: [clip], warnings: [{ code: 'w1', details: {} }] }, []);
    expect(done).toMatchObject({ outcome: 'written', jobEnded: false, due: [{ attempt: 1, resource: 'cpu' }] });
    expect(await db.jobs.findById(job.id)).toMatchObject({ progressRatio: 0.75, milestonesDone: 1, state: 'running' });

    const last = await claimOf(db, job);
    expect(last).toMatchObject({ key: 'film', results: { a: { artifacts: [clip] } } });
    const [result, lostAttempt] = [
      await addOutput(db, { jobId: job.id, origin: 'output' }),
      await addOutput(db, { jobId: job.id, origin: 'output' }),
    ];
    const end = await db.steps.succeed(
      last,
      {
        artifacts: [result],
        warnings: [
          { code: 'w1', details: {} },
          { code: 'w2', details: {} },
        ],
      },
      [result],
    );
    expect(end).toEqual({ outcome: 'written', due: [], jobEnded: true });
    const view = await db.jobs.findById(job.id);
    expect(view).toMatchObject({ state: 'succeeded', progressRatio: 1, artifacts: [result], milestonesDone: 1, error: null });
    expect(view?.warnings.map((warning) => warning.code)).toEqual(['w1', 'w2']);
    expect((await db.jobs.events({ jobId: job.id, afterSeq: 2, limit: 10 })).map((event) => event.type)).toEqual([
      'job.succeeded',
    ]);

    const expired = await db.files.listExpired(100);
    expect(new Set(expired.map((file) => file.id))).toEqual(new Set([clip.fileId, lostAttempt.fileId]));
    expect((await db.files.findById(result.fileId))?.expiresAt).toBeNull();
    expect(await db.prisma.delivery.findMany({ where: { jobId: job.id } })).toMatchObject([
      { event: 'job.succeeded', url: callback.url, target: 'https://example.org', state: 'pending', attempts: 0, body: null },
    ]);
  });

  it('ends the job once when its last two steps succeed at the same moment', async () => {
    for (let round = 0; round < 10; round += 1) {
      const job = newJob({ plan: planOf(scene('a'), scene('b')) });
      await db.jobs.submit(job);
      const held = [await claimOf(db, job), await claimOf(db, job)];
      const ends = await Promise.all(held.map((step) => db.steps.succeed(step, emptyResult, [])));
      expect(ends.filter((end) => end.outcome === 'written' && end.jobEnded)).toHaveLength(1);
      expect(await stateOf(db, job)).toBe('succeeded');
    }
  });

  it('releases a joint dependant once when its needs end at the same moment', async () => {
    for (let round = 0; round < 10; round += 1) {
      const job = newJob({ plan: planOf(scene('a'), scene('b'), scene('c'), film(['a', 'b', 'c'])) });
      await db.jobs.submit(job);
      const held = [await claimOf(db, job), await claimOf(db, job), await claimOf(db, job)];
      const ends = await Promise.all(held.map((step) => db.steps.succeed(step, emptyResult, [])));
      expect(ends.flatMap((end) => (end.outcome === 'written' ? end.due : []))).toHaveLength(1);
      await db.steps.succeed(await claimOf(db, job), emptyResult, []);
      expect(await stateOf(db, job)).toBe('succeeded');
    }
  });

  it('refuses results that are no ready files, and leaves the step held', async () => {
    const job = newJob();
    await db.jobs.submit(job);
    const step = await claimOf(db, job);
    const ghost = { ...(await addOutput(db, { jobId: job.id, origin: 'output' })), fileId: 'fil_ghost' };
    await expect(db.steps.succeed(step, emptyResult, [ghost])).rejects.toThrow(/0 of them are ready/);
    expect(await db.steps.heartbeat([{ ...step, progressRatio: 0.5 }])).toEqual({ lost: [], cancelled: [] });
    await db.steps.fail(step, boom, null);
  });
});

describe('failure', () => {
  it('that can pass makes the step due again later, counts a retry, and keeps the progress', async () => {
    const job = newJob();
    await db.jobs.submit(job);
    const first = await claimOf(db, job);
    await db.steps.heartbeat([{ ...first, progressRatio: 0.6 }]);
    const passing = { ...boom, permanent: false };
    expect(await db.steps.fail(first, passing, 0)).toMatchObject({
      jobEnded: false,
      due: [{ stepId: first.stepId, attempt: 2 }],
    });
    const second = await claimOf(db, job);
    expect(second).toMatchObject({ stepId: first.stepId, attempt: 2 });
    await db.steps.heartbeat([{ ...second, progressRatio: 0.1 }]);
    expect(await db.jobs.findById(job.id)).toMatchObject({ state: 'running', retries: 1, progressRatio: 0.6 });
    await db.steps.succeed(second, emptyResult, []);
    expect(await db.jobs.findById(job.id)).toMatchObject({ state: 'succeeded', retries: 1, error: null });
  });

  it('for good fails the job, cancels the rest, takes the leases of running steps, and refunds', async () => {
    const callback = { url: 'https://example.org/hook', events: ['job.failed'] } as const;
    const charge = { credits: 4, allowance: null };
    const job = newJob({ plan: planOf(scene('a'), scene('b'), scene('c'), film(['a', 'b', 'c'])), callback, charge });
    await db.jobs.submit(job);
    const [one, two] = [await claimOf(db, job), await claimOf(db, job)];
    const clip = await addOutput(db, { jobId: job.id, origin: 'intermediate' });
    expect(await db.steps.fail(one, boom, 5)).toEqual({ outcome: 'written', due: [], jobEnded: true });
    expect(await db.jobs.findById(job.id)).toMatchObject({
      state: 'failed',
      error: { code: 'boom', message: 'It broke' },
      artifacts: [],
    });
    expect(await db.steps.heartbeat([{ ...two, progressRatio: 1 }])).toEqual({ lost: [two.stepId], cancelled: [] });
    expect(await db.steps.succeed(two, emptyResult, [])).toEqual({ outcome: 'lost' });
    const steps = await db.prisma.step.findMany({ where: { jobId: job.id }, orderBy: { position: 'asc' } });
    expect(steps.map((step) => step.state)).toEqual(['failed', 'cancelled', 'cancelled', 'cancelled']);
    expect((await db.files.listExpired(100)).map((file) => file.id)).toContain(clip.fileId);
    expect(await db.prisma.delivery.count({ where: { jobId: job.id, event: 'job.failed' } })).toBe(1);
    expect(await db.ledger.taken({ accountId: 'usr_1', surface: job.surface, since: new Date(0) })).toBe(0);
  });
});

describe('handing back', () => {
  it('makes the step due at once, as if it had never been claimed', async () => {
    const job = newJob();
    await db.jobs.submit(job);
    const first = await claimOf(db, job);
    expect(await db.steps.handBack(first)).toMatchObject({ due: [{ stepId: first.stepId, attempt: 1 }], jobEnded: false });
    const again = await claimOf(db, job);
    expect(again).toMatchObject({ stepId: first.stepId, attempt: 1 });
    expect(await db.steps.handBack(first)).toEqual({ outcome: 'lost' });
    expect(await db.jobs.findById(job.id)).toMatchObject({ state: 'running', retries: 0 });
    await db.steps.fail(again, boom, null);
  });
});

describe('progress', () => {
  it('is the weighted mean of the steps, never falls, and stays within 0 and 1', async () => {
    const job = newJob({ plan: planOf(scene('a', { weight: 1 }), scene('b', { weight: 3 })) });
    await db.jobs.submit(job);
    const [a, b] = [await claimOf(db, job), await claimOf(db, job)];
    const beat = async (ratioOfA: number, ratioOfB: number) => {
      await db.steps.heartbeat([
        { ...a, progressRatio: ratioOfA },
        { ...b, progressRatio: ratioOfB },
      ]);
      return (await db.jobs.findById(job.id))?.progressRatio;
    };
    expect(await beat(0.5, 0)).toBeCloseTo(0.125, 6);
    expect(await beat(0, 0.5)).toBeCloseTo(0.5, 6);
    expect(await beat(Number.NaN, 0.1)).toBeCloseTo(0.5, 6);
    expect(await beat(7, 7)).toBe(1);
    await db.steps.fail(a, boom, null);
    expect((await db.jobs.findById(job.id))?.progressRatio).toBe(1);
  });
});

describe('a lease', () => {
  it('prolonged in time is kept; a lapsed one is due again, and late writes with the old token are refused', async () => {
    const job = newJob();
    await db.jobs.submit(job);
    const first = await claimOf(db, job);
    await db.steps.heartbeat([{ ...first, progressRatio: 0.3 }]);
    expect((await db.steps.sweep({ maxAttempts })).lapsed).toBe(0);
    await lapse(db, first);
    const swept = await db.steps.sweep({ maxAttempts });
    expect(swept).toMatchObject({ lapsed: 1, failedJobs: 0, due: [{ stepId: first.stepId, attempt: 2, resource: 'cpu' }] });
    const second = await claimOf(db, job);
    expect(second.attempt).toBe(2);
    for (const late of [
      db.steps.succeed(first, emptyResult, []),
      db.steps.fail(first, boom, null),
      db.steps.fail(first, boom, 5),
      db.steps.handBack(first),
    ])
      expect(await late).toEqual({ outcome: 'lost' });
    expect(await db.steps.heartbeat([{ ...first, progressRatio: 1 }])).toEqual({ lost: [first.stepId], cancelled: [] });
    expect(await db.jobs.findById(job.id)).toMatchObject({ state: 'running', progressRatio: 0.3 });
    await db.steps.succeed(second, emptyResult, []);
    expect(await stateOf(db, job)).toBe('succeeded');
  });

  it('that lapses on the last attempt fails the job', async () => {
    const job = newJob();
    await db.jobs.submit(job);
    for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
      await lapse(db, await claimOf(db, job));
      const swept = await db.steps.sweep({ maxAttempts });
      expect(swept.failedJobs).toBe(attempt === maxAttempts ? 1 : 0);
    }
    expect(await db.jobs.findById(job.id)).toMatchObject({
      state: 'failed',
      error: { code: 'worker_lost' },
      retries: maxAttempts - 1,
    });
  });

  it('that lapses is taken up by one of many sweeps at once', async () => {
    const jobs = Array.from({ length: 5 }, () => newJob());
    for (const job of jobs) {
      await db.jobs.submit(job);
      await lapse(db, await claimOf(db, job));
    }
    const sweeps = await Promise.all(Array.from({ length: 6 }, () => db.steps.sweep({ maxAttempts })));
    expect(sweeps.reduce((sum, sweep) => sum + sweep.lapsed, 0)).toBe(5);
    for (const job of jobs) await db.jobs.cancel({ ...job, from: ['running'] });
  });
});

describe('cancelling', () => {
  it('ends a queued job at once, and its steps with it', async () => {
    const job = newJob({ plan: planOf(scene('a'), film(['a'])) });
    await db.jobs.submit(job);
    expect(await db.jobs.cancel({ ...job, from: ['queued'] })).toMatchObject({
      outcome: 'cancelled',
      job: { state: 'cancelled', progressRatio: 0 },
    });
    expect(await db.prisma.step.count({ where: { jobId: job.id, state: 'cancelled' } })).toBe(2);
    expect(await db.jobs.cancel({ ...job, from: ['queued', 'running'] })).toMatchObject({ outcome: 'refused' });
    expect(await db.steps.claim({ resource: 'cpu', workerId: 'wrk_1' })).toBeNull();
  });

  it('is refused from a state it may not start from, and says nothing about foreign jobs', async () => {
    const job = newJob();
    await db.jobs.submit(job);
    const step = await claimOf(db, job);
    expect(await db.jobs.cancel({ ...job, from: ['queued'] })).toMatchObject({ outcome: 'refused', job: { state: 'running' } });
    expect(await db.jobs.cancel({ ...job, accountId: 'usr_2', from: ['running'] })).toEqual({ outcome: 'not_found' });
    await db.steps.fail(step, boom, null);
  });

  it.each(['succeed', 'fail', 'handBack'] as const)('a running job ends it cancelled when its steps stop by %s', async (way) => {
    const job = newJob({ plan: planOf(scene('a'), scene('b'), scene('c'), film(['a', 'b', 'c'])) });
    await db.jobs.submit(job);
    const [one, two] = [await claimOf(db, job), await claimOf(db, job)];
    const asked = await db.jobs.cancel({ ...job, from: ['queued', 'running'] });
    expect(asked).toMatchObject({ outcome: 'cancel_requested', job: { state: 'running' } });
    expect(asked.outcome === 'cancel_requested' && asked.job.cancelRequestedAt).toBeInstanceOf(Date);
    expect(await db.jobs.cancel({ ...job, from: ['running'] })).toMatchObject({ outcome: 'cancel_requested' });
    const beat = await db.steps.heartbeat([one, two].map((step) => ({ ...step, progressRatio: 0.5 })));
    expect(beat.lost).toEqual([]);
    expect(new Set(beat.cancelled)).toEqual(new Set([one.stepId, two.stepId]));
    const stop = (step: typeof one) =>
      way === 'succeed'
        ? db.steps.succeed(step, emptyResult, [])
        : way === 'fail'
          ? db.steps.fail(step, { ...boom, code: 'cancelled' }, null)
          : db.steps.handBack(step);
    expect(await stop(one)).toEqual({ outcome: 'written', due: [], jobEnded: false });
    expect(await stop(two)).toEqual({ outcome: 'written', due: [], jobEnded: true });
    expect(await db.jobs.findById(job.id)).toMatchObject({ state: 'cancelled', error: null });
  });

  it('ends a job whose worker died through the sweep, and one between two attempts at once', async () => {
    const dead = newJob();
    await db.jobs.submit(dead);
    const held = await claimOf(db, dead);
    await db.jobs.cancel({ ...dead, from: ['running'] });
    await lapse(db, held);
    await db.steps.sweep({ maxAttempts });
    expect(await stateOf(db, dead)).toBe('cancelled');

    const waiting = newJob();
    await db.jobs.submit(waiting);
    await db.steps.fail(await claimOf(db, waiting), { ...boom, permanent: false }, 60);
    expect(await db.jobs.cancel({ ...waiting, from: ['running'] })).toMatchObject({
      outcome: 'cancelled',
      job: { state: 'cancelled' },
    });
  });
});
