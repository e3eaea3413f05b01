import { once } from 'node:events';
import { expect, test } from 'vitest';
import { IdleThreads } from './idle-threads.ts';

/** Answers each message with its own; ends when told to. */
const echo = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort } from 'node:worker_threads';
    parentPort.on('message', (text) => { if (text === 'end') process.exit(0); parentPort.postMessage(text); });`)}`,
);

const ask = async (worker: ReturnType<IdleThreads['take']>, text: string): Promise<unknown> => {
  const answer = once(worker, 'message');
  worker.postMessage(text);
  return (await answer)[0];
};

test('a thread that was given back is taken again; beyond the most it is ended', async () => {
  const threads = new IdleThreads(echo, { name: 'echo', idleMax: 1 });
  const [one, other] = [threads.take(), threads.take()];
  expect(other).not.toBe(one);
  expect(await ask(one, 'first')).toBe('first');
  const ended = once(other, 'exit');
  threads.giveBack(one);
  threads.giveBack(other);
  await ended;
  const again = threads.take();
  expect(again).toBe(one);
  expect(await ask(again, 'second')).toBe('second');
  await again.terminate();
});

test('a thread that ends while it waits is never given out', async () => {
  const threads = new IdleThreads(echo, { name: 'echo', idleMax: 2 });
  const one = threads.take();
  expect(await ask(one, 'here')).toBe('here');
  threads.giveBack(one);
  const ended = once(one, 'exit');
  one.postMessage('end');
  await ended;
  const next = threads.take();
  expect(next).not.toBe(one);
  expect(await ask(next, 'here')).toBe('here');
  await next.terminate();
});
