import { expect, test } from 'vitest';
import type { JobView } from '../job.ts';
import type { JobStore } from '../ports/jobs.ts';
import { rememberJobs } from './remember-jobs.ts';

const viewOf = (version: number): JobView => ({
  id: 'job_1',
  accountId: 'usr_1',
  keyId: null,
  surface: 'one',
  externalId: 'x',
  kind: 'generate',
  state: 'queued',
  progressRatio: 0,
  clientRef: null,
  error: null,
  artifacts: [],
  warnings: [],
  runners: [],
  retries: 0,
  milestonesDone: 0,
  milestonesTotal: 1,
  callbackUrl: null,
  cancelRequestedAt: null,
  createdAt: new Date(0),
  updatedAt: new Date(0),
  startedAt: null,
  finishedAt: null,
  version,
});

const query = { accountId: 'usr_1', surface: 'one', externalId: 'x' };

function build() {
  const state = { reads: 0, version: 1, isListening: true, nowMs: 0, isFound: true, answer: Promise.resolve() };
  const refuse = (): never => {
    throw new Error('not part of this test');
  };
  const store: JobStore = {
    async findByExternalId() {
      state.reads += 1;
      const view = state.isFound ? viewOf(state.version) : null;
      await state.answer;
      return view;
    },
    async cancel() {
      state.version += 1;
      return { outcome: 'cancelled', job: viewOf(state.version) };
    },
    submit: refuse,
    findById: refuse,
    readSpec: refuse,
    list: refuse,
    count: refuse,
    findActiveByExclusiveKey: refuse,
    findReplay: refuse,
    queuePosition: refuse,
    remove: refuse,
    events: refuse,
  };
  const remembered = rememberJobs(store, { clock: { now: () => new Date(state.nowMs) }, isListening: () => state.isListening });
  const read = async () => (await remembered.jobs.findByExternalId(query))?.version;
  return { state, remembered, read };
}

test('many polls within a second cost one read', async () => {
  const { state, read } = build();
  await Promise.all(Array.from({ length: 50 }, read));
  expect(state.reads).toBe(1);
  state.nowMs = 1001;
  await read();
  expect(state.reads).toBe(2);
});

test('an announced change is seen by the next poll', async () => {
  const { state, remembered, read } = build();
  expect(await read()).toBe(1);
  state.version = 2;
  remembered.forget('job_1');
  expect(await read()).toBe(2);
});

test('whoever cancels sees it at once', async () => {
  const { remembered, read } = build();
  expect(await read()).toBe(1);
  await remembered.jobs.cancel({ ...query, from: ['queued'] });
  expect(await read()).toBe(2);
});

test('a read that a change overtook is not kept', async () => {
  const { state, remembered, read } = build();
  const gate = Promise.withResolvers<void>();
  state.answer = gate.promise;
  const slow = read();
  state.version = 2;
  remembered.forget('job_1');
  gate.resolve();
  expect(await slow).toBe(1);
  expect(await read()).toBe(2);
});

test('nothing is remembered while announcements do not come, nor of unknown jobs', async () => {
  const { state, read } = build();
  state.isListening = false;
  await read();
  await read();
  expect(state.reads).toBe(2);
  state.isListening = true;
  state.isFound = false;
  expect(await read()).toBeUndefined();
  state.isFound = true;
  expect(await read()).toBe(1);
});
