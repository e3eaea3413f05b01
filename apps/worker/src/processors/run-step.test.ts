import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ClaimedStep, StepError, type StepFailure, type StepStore } from '@polyreel/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LeaseKeeper, LeaseLoss } from '../lease-keeper.ts';
import { openScratchSpace } from '../scratch.ts';
import type { StepContext, StepOutcome } from '../steps/step-executor.ts';
import { type RunStepDeps, runStep } from './run-step.ts';

const step: ClaimedStep = {
  stepId: 'stp_1',
  leaseToken: 'token',
  key: 'scene-1',
  type: 'run-task',
  resource: 'cpu',
  params: {},
  attempt: 1,
  timeoutSeconds: 60,
  jobId: 'job_1',
  accountId: 'usr_1',
  surface: 'one',
  externalId: 'x',
  results: {},
};
const nothing: StepOutcome = { artifacts: [], warnings: [], jobArtifacts: [] };

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'polyreel-run-step-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

type Written = { what: 'succeed' } | { what: 'handBack' } | { what: 'fail'; failure: StepFailure; retryInSeconds: number | null };

async function build(execute: (context: StepContext) => Promise<StepOutcome>) {
  const written: Written[] = [];
  const fenced = { outcome: 'written', due: [], jobEnded: false } as const;
  const refuse = (): never => {
    throw new Error('not part of this test');
  };
  const steps: StepStore = {
    claim: refuse,
    heartbeat: refuse,
    sweep: refuse,
    succeed: async () => {
      written.push({ what: 'succeed' });
      return fenced;
    },
    handBack: async () => {
      written.push({ what: 'handBack' });
      return fenced;
    },
    fail: async (_lease, failure, retryInSeconds) => {
      written.push({ what: 'fail', failure, retryInSeconds });
      return fenced;
    },
  };
  const held: { lose?: (loss: LeaseLoss) => void; released: number } = { released: 0 };
  const leases: LeaseKeeper = {
    hold: (_lease, onLoss) => {
      held.lose = onLoss;
      const release = (): void => {
        held.released += 1;
      };
      return { setProgress: () => undefined, release };
    },
    ask: () => undefined,
    close: () => undefined,
  };
  const executor = async (_params: unknown, context: StepContext): Promise<StepOutcome> => {
    await writeFile(path.join(context.scratchDir, 'left-behind'), 'x');
    return execute(context);
  };
  const scratch = await openScratchSpace(root, 'owner');
  const deps: RunStepDeps = {
    steps,
    leases,
    scratch,
    executors: {
      ...{
        'run-task': executor,
        'assemble-film': executor,
        'join-sound': executor,
        'process-file': executor,
        'fetch-file': executor,
      },
      ...{ 'render-timeline': executor, 'publish-film': executor, 'draw-story': executor, 'draw-mark': executor },
    },
    ...unusedStores(),
  };
  const run = (claimed: Partial<ClaimedStep> = {}, stopping = new AbortController().signal) =>
    runStep(deps, { ...step, ...claimed }, stopping, () => undefined);
  const left = async () => readdir(path.join(root, 'owner'));
  return { run, written, held, left };
}

/** Stores that no executor of these tests touches. */
function unusedStores(): Pick<RunStepDeps, 'files' | 'objects' | 'ids' | 'checkResult' | 'previews'> {
  const refuse = (): never => {
    throw new Error('not part of this test');
  };
  return {
    checkResult: refuse,
    previews: { announce: refuse },
    files: {
      createPending: refuse,
      markReady: refuse,
      findById: refuse,
      findOfAccount: refuse,
      listExpired: refuse,
      remove: refuse,
      claimedKeys: refuse,
    },
    objects: {
      put: refuse,
      get: refuse,
      head: refuse,
      delete: refuse,
      deleteMany: refuse,
      list: refuse,
      link: refuse,
      freeBytes: refuse,
      removeLeftovers: refuse,
      close: refuse,
    },
    ids: { next: refuse },
  };
}

const untilAborted = (context: StepContext): Promise<never> =>
  new Promise((_, reject) => {
    if (context.signal.aborted) reject(context.signal.reason);
    context.signal.addEventListener('abort', () => reject(context.signal.reason), { once: true });
  });

test('a step that works is written once, its scratch is gone and its lease released', async () => {
  const { run, written, held, left } = await build(async () => nothing);
  expect((await run()).end).toBe('succeeded');
  expect(written).toStrictEqual([{ what: 'succeed' }]);
  expect(await left()).toStrictEqual([]);
  expect(held.released).toBe(1);
});

test('a permanent fault fails at once', async () => {
  const { run, written, left } = await build(async () => {
    throw new StepError({ code: 'bad_input', publicMessage: 'The picture cannot be used', permanent: true });
  });
  expect((await run()).end).toBe('failed');
  expect(written).toMatchObject([{ what: 'fail', failure: { code: 'bad_input', permanent: true }, retryInSeconds: null }]);
  expect(await left()).toStrictEqual([]);
});

test.each([
  [1, 2],
  [2, 10],
  [3, null],
])('a passing fault on attempt %i is tried again after %s s', async (attempt, retryInSeconds) => {
  const { run, written } = await build(async () => {
    throw new StepError({ code: 'busy', publicMessage: 'Busy', permanent: false });
  });
  await run({ attempt });
  expect(written).toMatchObject([{ what: 'fail', retryInSeconds }]);
});

test('an unexpected error shows nothing of itself', async () => {
  const { run, written } = await build(async () => {
    throw new Error('password=hunter2 at /srv/secret');
  });
  await run();
  expect(JSON.stringify(written)).not.toContain('hunter2');
  expect(written).toMatchObject([{ what: 'fail', failure: { code: 'internal' } }]);
});

test('a step beyond its deadline is stopped and tried again', async () => {
  const { run, written, left } = await build(untilAborted);
  expect((await run({ timeoutSeconds: 0.05 })).end).toBe('retrying');
  expect(written).toMatchObject([{ what: 'fail', failure: { code: 'step_timeout' }, retryInSeconds: 2 }]);
  expect(await left()).toStrictEqual([]);
});

test('a cancelled step is stopped and never tried again', async () => {
  const { run, written, held } = await build(untilAborted);
  const running = run();
  await expect.poll(() => held.lose).toBeDefined();
  held.lose?.('cancelled');
  expect((await running).end).toBe('cancelled');
  expect(written).toMatchObject([{ what: 'fail', failure: { code: 'cancelled' }, retryInSeconds: null }]);
});

test('a lost lease writes nothing', async () => {
  const { run, written, held, left } = await build(untilAborted);
  const running = run();
  await expect.poll(() => held.lose).toBeDefined();
  held.lose?.('lost');
  expect((await running).end).toBe('lost');
  expect(written).toStrictEqual([]);
  expect(await left()).toStrictEqual([]);
});

test('a graceful stop hands the step back', async () => {
  const { run, written, left } = await build(untilAborted);
  const stopping = new AbortController();
  const running = run({}, stopping.signal);
  stopping.abort();
  expect((await running).end).toBe('handed_back');
  expect(written).toStrictEqual([{ what: 'handBack' }]);
  expect(await left()).toStrictEqual([]);
});
