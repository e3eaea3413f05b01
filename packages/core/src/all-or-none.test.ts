import { once } from 'node:events';
import { expect, test } from 'vitest';
import { allOrNone } from './all-or-none.ts';

const never = new AbortController().signal;

test('gives what each work gives, in their order', async () => {
  expect(await allOrNone(never, () => [Promise.resolve(1), Promise.resolve('two')])).toEqual([1, 'two']);
});

test('throws the first failure, once the works that it stops have ended', async () => {
  const ended: unknown[] = [];
  const endsLate = async (signal: AbortSignal): Promise<void> => {
    await once(signal, 'abort');
    await new Promise(setImmediate);
    ended.push(signal.reason);
    throw new Error('second');
  };
  const first = new Error('first');
  await expect(allOrNone(never, (signal) => [endsLate(signal), Promise.reject(first)])).rejects.toBe(first);
  expect(ended).toEqual([first]);
});

test('an abort from outside reaches every work', async () => {
  const outer = new AbortController();
  const wait = async (signal: AbortSignal): Promise<void> => {
    await once(signal, 'abort');
    throw signal.reason;
  };
  const works = allOrNone(outer.signal, (signal) => [wait(signal), wait(signal)]);
  const reason = new Error('stop');
  outer.abort(reason);
  await expect(works).rejects.toBe(reason);
});
