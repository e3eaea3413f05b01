import { expect, test } from 'vitest';
import { sweepFiles, sweepOrphans, sweepSteps } from './housekeeping.ts';

const now = new Date('2026-01-10T00:00:00Z');
const hoursAgo = (hours: number): Date => new Date(now.getTime() - hours * 3600_000);
const refuse = (): never => {
  throw new Error('not part of this test');
};

/** A store of keys with their age, and rows that claim some of them. Everything done is noted in order. */
function build(objects: Record<string, number>, claimed: readonly string[], expired: { id: string; objectKey: string }[]) {
  const done: string[] = [];
  const kept = new Map(Object.entries(objects));
  const deps = {
    now: () => now,
    onSwept: () => undefined,
    files: {
      createPending: refuse,
      markReady: refuse,
      findById: refuse,
      findOfAccount: refuse,
      listExpired: async () => expired.splice(0),
      remove: async (ids: readonly string[]) => void done.push(`rows ${ids.join(' ')}`),
      claimedKeys: async (keys: readonly string[]) => new Set(keys.filter((key) => claimed.includes(key))),
    },
    objects: {
      put: refuse,
      get: refuse,
      head: refuse,
      delete: refuse,
      async deleteMany(keys: readonly string[]) {
        done.push(`objects ${keys.join(' ')}`);
        for (const key of keys) kept.delete(key);
      },
      async list(prefix: string, { after = '' }: { after?: string }) {
        const keys = [...kept.keys()].filter((key) => key.startsWith(prefix) && key > after).toSorted();
        const page = keys.slice(0, 2).map((key) => ({ key, sizeBytes: 1, modifiedAt: hoursAgo(kept.get(key) ?? 0) }));
        return { objects: page, ...(keys.length > 2 && { next: page[1]?.key ?? '' }) };
      },
      link: refuse,
      freeBytes: refuse,
      removeLeftovers: async () => 0,
      close: refuse,
    },
  };
  return { deps, done, kept };
}

test('objects of expired rows go before their rows, so that a death in between leaves nothing behind', async () => {
  const { deps, done } = build({ 'inputs/a': 1 }, [], [{ id: 'fil_a', objectKey: 'inputs/a' }]);
  expect(await sweepFiles(deps)).toBe(1);
  expect(done).toStrictEqual(['objects inputs/a', 'rows fil_a']);
});

test('only what no row claims and is older than a day is removed, whatever the page it stands on', async () => {
  const objects = {
    'inputs/claimed': 100,
    'inputs/old': 25,
    'inputs/young': 23,
    'jobs/x/1': 30,
    'jobs/x/2': 30,
    'jobs/x/3': 30,
    'system/identity': 99,
  };
  const { deps, kept } = build(objects, ['inputs/claimed', 'jobs/x/2'], []);
  expect(await sweepOrphans(deps, new AbortController().signal)).toBe(3);
  expect([...kept.keys()]).toStrictEqual(['inputs/claimed', 'inputs/young', 'jobs/x/2', 'system/identity']);
});

test('a sweep sends a wake-up for every step that is due', async () => {
  const sent: string[] = [];
  const due = [
    { stepId: 'stp_1', attempt: 1, resource: 'cpu' as const },
    { stepId: 'stp_2', attempt: 3, resource: 'gpu' as const },
  ];
  const steps = { claim: refuse, heartbeat: refuse, succeed: refuse, fail: refuse, handBack: refuse };
  await sweepSteps({
    steps: { ...steps, sweep: async () => ({ due, lapsed: 1, failedJobs: 0 }) },
    wakeups: { notify: async (resource, { stepId, attempt }) => void sent.push(`${resource} ${stepId} ${attempt}`) },
    onSwept: () => undefined,
  });
  expect(sent).toStrictEqual(['cpu stp_1 1', 'gpu stp_2 3']);
});
