import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { type ClaimedStep, isFinalJobState, stepRetryPolicy } from '@polyreel/core';
import { scaled } from '@polyreel/testkit/scale';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emptyResult, film, newJob, planOf, scene } from '../../test/factories.ts';
import { type OpenTestDatabase, openTestDatabase } from '../../test/open-test-database.ts';
import { stateOf } from '../../test/step-helpers.ts';
import type { Database } from '../open-database.ts';

let db: OpenTestDatabase;
beforeEach(async () => {
  db = await openTestDatabase();
  for (const number of [1, 2, 3]) await db.addAccount(number);
});
afterEach(() => db.drop());

const claim = (database: Database, workerId = 'wrk_1') => database.steps.claim({ resource: 'cpu', workerId });
const connections = (count: number) => Promise.all(Array.from({ length: count }, () => db.openAnother({ poolSize: 1 })));

describe('races', () => {
  it('two cancels: exactly one cancels the job, the other is refused', async () => {
    const [one, two] = [await db.openAnother(), await db.openAnother()];
    for (let round = 0; round < scaled(200); round += 1) {
      const job = newJob({ plan: planOf(scene('a'), film(['a'])) });
      await db.jobs.submit(job);
      const query = { ...job, from: ['queued', 'running'] } as const;
      const ends = await Promise.all([one.jobs.cancel(query), two.jobs.cancel(query)]);
      expect(ends.map((end) => end.outcome).sort()).toEqual(['cancelled', 'refused']);
      expect((await db.jobs.events({ jobId: job.id, afterSeq: 0, limit: 9 })).map((event) => event.type)).toEqual([
        'job.queued',
        'job.cancelled',
      ]);
    }
  });

  it('cancel against claim: exactly one wins', async () => {
    const [one, two] = [await db.openAnother(), await db.openAnother()];
    const wins = { cancel: 0, claim: 0 };
    for (let round = 0; round < scaled(200); round += 1) {
      const job = newJob();
      await db.jobs.submit(job);
      const cancelling = () => one.jobs.cancel({ ...job, from: ['queued'] });
      const [cancelled, step] =
        round % 2 === 0
          ? await Promise.all([cancelling(), claim(two)])
          : await Promise.all([claim(two), cancelling()]).then(([taken, end]) => [end, taken] as const);
      if (cancelled.outcome === 'cancelled') {
        wins.cancel += 1;
        expect(step).toBeNull();
        expect(await stateOf(db, job)).toBe('cancelled');
        expect(await claim(two)).toBeNull();
      } else {
        wins.claim += 1;
        expect(cancelled.outcome).toBe('refused');
        expect(step?.jobId).toBe(job.id);
        expect(await stateOf(db, job)).toBe('running');
        if (step) await db.steps.succeed(step, emptyResult, []);
        expect(await stateOf(db, job)).toBe('succeeded');
      }
    }
    expect(wins.cancel + wins.claim).toBe(scaled(200));
  });

  it('claims from eight connections: every step once, none left', async () => {
    const jobs = Array.from({ length: scaled(400) }, () => newJob({ plan: planOf(scene('a'), scene('b')) }));
    for (const job of jobs) await db.jobs.submit(job);
    const claimAll = async (database: Database, workerId: string): Promise<ClaimedStep[]> => {
      const step = await claim(database, workerId);
      return step === null ? [] : [step, ...(await claimAll(database, workerId))];
    };
    const loops = (await connections(8)).map((database, index) => claimAll(database, `wrk_${index}`));
    // A loop that finds the last steps locked by others ends early: what is due then was not lost, it belongs to those others.
    const claimed = [...(await Promise.all(loops)).flat(), ...(await claimAll(db, 'wrk_last'))];
    expect(claimed).toHaveLength(jobs.length * 2);
    expect(new Set(claimed.map((step) => step.stepId)).size).toBe(jobs.length * 2);
    expect(new Set(claimed.map((step) => step.leaseToken)).size).toBe(jobs.length * 2);
    expect(await db.prisma.event.count({ where: { type: 'job.started' } })).toBe(jobs.length);
  });

  it('everything at once: no deadlock, every job ends once, events are numbered without a gap', async () => {
    const jobs = Array.from({ length: scaled(120) }, (_unused, index) =>
      newJob({
        accountId: `usr_${(index % 3) + 1}`,
        keyId: `key_${(index % 3) + 1}`,
        plan: planOf(scene('a'), scene('b'), scene('c'), scene('d'), film(['a', 'b', 'c', 'd'])),
        callback: { url: 'https://example.org', events: ['job.succeeded', 'job.failed', 'job.cancelled'] },
      }),
    );
    const workers = await connections(6);
    const canceller = await db.openAnother({ poolSize: 2 });
    let open = true;
    const act = (database: Database, step: ClaimedStep, dice: number): Promise<unknown> => {
      const failure = { code: 'dice', publicMessage: 'Dice', permanent: dice === 0 };
      if (dice < 2)
        return database.steps.fail(step, failure, dice === 0 || step.attempt >= stepRetryPolicy.maxAttempts ? null : 0);
      return dice === 2 ? database.steps.handBack(step) : database.steps.succeed(step, emptyResult, []);
    };
    const work = async (database: Database, seed: number): Promise<void> => {
      for (let turn = seed; ; turn += 1) {
        const held: ClaimedStep[] = [];
        while (held.length < 3) {
          const step = await claim(database);
          if (step === null) break;
          held.push(step);
        }
        if (held.length === 0 && !open) return;
        const beat = database.steps.heartbeat(held.map((step) => ({ ...step, progressRatio: 0.5 })));
        await Promise.all([beat, ...held.map((step, index) => act(db, step, (turn * 7 + index * 3) % 13))]);
      }
    };
    const running = workers.map((database, index) => work(database, index * 5));
    for (const job of jobs) {
      await db.jobs.submit(job);
      if (Number.parseInt(job.id.slice(-1), 36) % 4 === 0) await canceller.jobs.cancel({ ...job, from: ['queued', 'running'] });
      await canceller.steps.sweep({ maxAttempts: stepRetryPolicy.maxAttempts });
    }
    open = false;
    await Promise.all(running);
    await db.steps.sweep({ maxAttempts: stepRetryPolicy.maxAttempts });

    for (const job of jobs) {
      const view = await db.jobs.findById(job.id);
      expect(view && isFinalJobState(view.state)).toBe(true);
      const events = await db.jobs.events({ jobId: job.id, afterSeq: 0, limit: 99 });
      expect(events.map((event) => event.seq)).toEqual(events.map((_event, index) => index + 1));
      expect(events.at(-1)?.type).toBe(`job.${view?.state}`);
      expect(events.filter((event) => /succeeded|failed|cancelled/.test(event.type))).toHaveLength(1);
    }
    expect(await db.prisma.delivery.count()).toBe(jobs.length);
    expect(await db.prisma.step.count({ where: { state: { in: ['blocked', 'due', 'running'] } } })).toBe(0);
    // A connection reports its deadlocks at the latest when it ends.
    await Promise.all([...workers, canceller].map((database) => database.close()));
    const { rows } = await db.pool.query<{ deadlocks: string }>(
      'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
    );
    expect(rows).toEqual([{ deadlocks: '0' }]);
  });
});

describe('order and fairness', () => {
  const submitFor = async (number: number, count: number, priority = 0): Promise<void> => {
    for (let index = 0; index < count; index += 1)
      await db.jobs.submit(newJob({ accountId: `usr_${number}`, keyId: `key_${number}`, priority }));
  };
  const claimAccounts = async (count: number): Promise<string[]> => {
    const accounts: string[] = [];
    for (let index = 0; index < count; index += 1) accounts.push((await claim(db))?.accountId ?? 'none');
    return accounts;
  };

  it('an account with many due steps holds up another by one step, and places are shared', async () => {
    await submitFor(1, 20);
    await submitFor(2, 3);
    expect(await claimAccounts(6)).toEqual(['usr_1', 'usr_2', 'usr_1', 'usr_2', 'usr_1', 'usr_2']);
    expect(await claimAccounts(2)).toEqual(['usr_1', 'usr_1']);
  });

  it('a higher priority goes first, whoever it belongs to and however many it has running', async () => {
    await submitFor(2, 2);
    await submitFor(1, 3, 5);
    await submitFor(3, 1, -1);
    expect(await claimAccounts(6)).toEqual(['usr_1', 'usr_1', 'usr_1', 'usr_2', 'usr_2', 'usr_3']);
  });

  it('steps of one account go by age, those of one job in the order of the plan', async () => {
    const jobs = [newJob({ plan: planOf(scene('a'), scene('b'), scene('c')) }), newJob({ plan: planOf(scene('d')) })];
    for (const job of jobs) await db.jobs.submit(job);
    const keys: string[] = [];
    for (let index = 0; index < 4; index += 1) keys.push((await claim(db))?.key ?? 'none');
    expect(keys).toEqual(['a', 'b', 'c', 'd']);
  });

  it('the position in the queue counts by priority, then age', async () => {
    const jobs = [newJob(), newJob({ priority: 3 }), newJob()];
    for (const job of jobs) await db.jobs.submit(job);
    const positions = await Promise.all(jobs.map((job) => db.jobs.queuePosition(job.id)));
    expect(positions).toEqual([2, 1, 3]);
    await claim(db);
    expect(await Promise.all(jobs.map((job) => db.jobs.queuePosition(job.id)))).toEqual([1, null, 2]);
  });
});

describe('a process that dies', () => {
  it('between commit and wake-up: the sweep of another finds the step', async () => {
    const script = path.resolve(import.meta.dirname, '../../test/submit-and-die.ts');
    const child = spawn(process.execPath, [script, db.url], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    const [, signal] = await once(child, 'close');
    expect(signal).toBe('SIGKILL');
    const jobId = output.trim();
    const { due } = await db.steps.sweep({ maxAttempts: 3 });
    expect(due).toMatchObject([{ attempt: 1, resource: 'cpu' }]);
    expect(await claim(db)).toMatchObject({ jobId, stepId: due[0]?.stepId });
  });
});
