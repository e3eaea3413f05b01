import type { ClaimedStep } from '@polyreel/core';
import { expect, test } from 'vitest';
import { StepLoop } from './step-loop.ts';

const stepOf = (id: string): ClaimedStep => ({
  stepId: id,
  leaseToken: 't',
  key: id,
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
});

function build(capacity: number, due: string[]) {
  const ran: string[] = [];
  const state = { running: 0, most: 0, errors: 0, claim: async () => due.shift() };
  const loop = new StepLoop({
    workerId: 'wrk_1',
    resource: 'cpu',
    capacity,
    steps: {
      claim: async () => {
        const id = await state.claim();
        return id === undefined ? null : stepOf(id);
      },
    },
    onError: () => {
      state.errors += 1;
    },
    async run(step) {
      state.running += 1;
      state.most = Math.max(state.most, state.running);
      await new Promise((resolve) => setImmediate(resolve));
      ran.push(step.stepId);
      state.running -= 1;
    },
  });
  return { loop, ran, state };
}

test('one look runs everything that is due', async () => {
  const { loop, ran } = build(1, ['a', 'b', 'c']);
  await loop.look();
  expect(ran).toStrictEqual(['a', 'b', 'c']);
});

test('never more at once than there are places', async () => {
  const due = Array.from({ length: 30 }, (_, index) => String(index));
  const { loop, ran, state } = build(3, due);
  await Promise.all(Array.from({ length: 10 }, () => loop.look()));
  expect(ran).toHaveLength(30);
  expect(state.most).toBe(3);
});

test('a wake-up that comes while all places are taken is not forgotten', async () => {
  const due: string[] = [];
  const { loop, ran, state } = build(1, due);
  const gate = Promise.withResolvers<void>();
  let isFirst = true;
  state.claim = async () => {
    const found = due.shift();
    // The claim has looked and found nothing; a step becomes due before it answers.
    if (isFirst) {
      isFirst = false;
      await gate.promise;
    }
    return found;
  };
  const looking = loop.look();
  due.push('late');
  await loop.look();
  gate.resolve();
  await looking;
  expect(ran).toStrictEqual(['late']);
});

test('a claim that fails is reported and ends the look', async () => {
  const { loop, state } = build(1, []);
  state.claim = async () => {
    throw new Error('database away');
  };
  await loop.look();
  expect(state.errors).toBe(1);
});

test('a stopped loop waits for its steps and takes no more', async () => {
  const due = ['a', 'b'];
  const { loop, ran } = build(1, due);
  const looking = loop.look();
  await loop.stop();
  await looking;
  expect(ran).toHaveLength(1);
  await loop.look();
  expect(ran).toHaveLength(1);
});
