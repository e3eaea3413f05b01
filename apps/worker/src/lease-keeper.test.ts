import type { StepStore } from '@polyreel/core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLeaseKeeper, type LeaseLoss } from './lease-keeper.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const lease = { stepId: 'stp_1', leaseToken: 't', jobId: 'job_1' };

function build() {
  const beats: { stepId: string; progressRatio: number }[][] = [];
  const state: { answer: Awaited<ReturnType<StepStore['heartbeat']>>; isAway: boolean; errors: number } = {
    answer: { lost: [], cancelled: [] },
    isAway: false,
    errors: 0,
  };
  const keeper = createLeaseKeeper({
    clock: { now: () => new Date(Date.now()) },
    steps: {
      async heartbeat(leases) {
        if (state.isAway) throw new Error('away');
        beats.push(leases.map(({ stepId, progressRatio }) => ({ stepId, progressRatio })));
        return state.answer;
      },
    },
    onError: () => {
      state.errors += 1;
    },
  });
  const losses: LeaseLoss[] = [];
  return { keeper, beats, state, losses, hear: (loss: LeaseLoss) => void losses.push(loss) };
}

test('beats every 10 s, and sooner when progress has moved', async () => {
  const { keeper, beats, hear } = build();
  const held = keeper.hold(lease, hear);
  await vi.advanceTimersByTimeAsync(9000);
  expect(beats).toHaveLength(0);
  await vi.advanceTimersByTimeAsync(1500);
  expect(beats).toStrictEqual([[{ stepId: 'stp_1', progressRatio: 0 }]]);
  held.setProgress(0.5);
  held.setProgress(0.2);
  await vi.advanceTimersByTimeAsync(600);
  expect(beats.at(-1)).toStrictEqual([{ stepId: 'stp_1', progressRatio: 0.5 }]);
  held.release();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(beats).toHaveLength(2);
  keeper.close();
});

test.each(['lost', 'cancelled'] as const)('tells the work once that its lease is %s', async (loss) => {
  const { keeper, state, losses, hear } = build();
  keeper.hold(lease, hear);
  state.answer = { lost: [], cancelled: [], [loss]: ['stp_1'] };
  await vi.advanceTimersByTimeAsync(60_000);
  expect(losses).toStrictEqual([loss]);
  keeper.close();
});

test('a lease that could not be confirmed for its whole life counts as lost', async () => {
  const { keeper, state, losses, hear } = build();
  keeper.hold(lease, hear);
  state.isAway = true;
  await vi.advanceTimersByTimeAsync(29_000);
  expect(losses).toStrictEqual([]);
  await vi.advanceTimersByTimeAsync(2000);
  expect(losses).toStrictEqual(['lost']);
  expect(state.errors).toBeGreaterThan(0);
  keeper.close();
});

test('asks within a second about the steps of a job that is said to be cancelled, and of no other', async () => {
  const { keeper, beats, state, losses, hear } = build();
  keeper.hold(lease, hear);
  keeper.hold({ stepId: 'stp_2', leaseToken: 't', jobId: 'job_2' }, hear);
  state.answer = { lost: [], cancelled: ['stp_1'] };
  keeper.ask('job_1');
  await vi.advanceTimersByTimeAsync(600);
  expect(beats).toStrictEqual([[{ stepId: 'stp_1', progressRatio: 0 }]]);
  expect(losses).toEqual(['cancelled']);
  keeper.ask(null);
  await vi.advanceTimersByTimeAsync(600);
  expect(beats.at(-1)).toStrictEqual([{ stepId: 'stp_2', progressRatio: 0 }]);
  keeper.close();
});
