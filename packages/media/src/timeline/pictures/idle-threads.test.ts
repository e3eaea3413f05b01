import { once } from 'node:events';
import { expect, test } from 'vitest';
import { type BorrowedThread, IdleThreads } from './idle-threads.ts';

type Request = 'begin' | 'number' | 'silence' | 'throw' | 'end' | 'exit';

/** Says its number; ends when told to. */
const numbered = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort, threadId } from 'node:worker_threads';
    parentPort.on('message', (request) => {
      if (request === 'number') parentPort.postMessage(threadId);
      if (request === 'throw') throw new Error('thrown');
      if (request === 'exit') process.exit(0);
    });`)}`,
);

const numberedThreads = (idleMax: number, end: Request = 'end'): IdleThreads<Request, number> =>
  new IdleThreads(numbered, { name: 'numbered', idleMax, end });

interface Film {
  readonly thread: BorrowedThread<Request>;
  ask(request: Request): Promise<number>;
}

const openFilm = (threads: IdleThreads<Request, number>): Film => {
  let answer = Promise.withResolvers<number>();
  const thread = threads.borrow({
    begin: 'begin',
    onAnswer: (number) => answer.resolve(number),
    onFault: (error) => answer.reject(error),
  });
  return {
    thread,
    ask(request) {
      answer = Promise.withResolvers();
      thread.tell(request);
      return answer.promise;
    },
  };
};

/** Number of the thread that the next film gets. */
const nextNumber = async (threads: IdleThreads<Request, number>): Promise<number> => {
  const { thread, ask } = openFilm(threads);
  const number = await ask('number');
  await thread.leave(true);
  return number;
};

test('a thread that was given back is taken again; beyond the most it is ended', async () => {
  const threads = numberedThreads(1);
  const [one, other] = [openFilm(threads), openFilm(threads)];
  const [first, second] = [await one.ask('number'), await other.ask('number')];
  expect(second).not.toBe(first);
  await one.thread.leave(false);
  await other.thread.leave(false);
  expect(await nextNumber(threads)).toBe(first);
  expect([first, second]).not.toContain(await nextNumber(threads));
});

test('a thread that ends while it waits is never given out', async () => {
  const threads = numberedThreads(2, 'exit');
  const started = once(process, 'worker');
  const film = openFilm(threads);
  const [worker] = await started;
  const number = await film.ask('number');
  const ended = once(worker, 'exit');
  await film.thread.leave(false);
  await ended;
  expect(await nextNumber(threads)).not.toBe(number);
});

test('a thread in which something went wrong is ended, even when it lived on', async () => {
  const threads = numberedThreads(2);
  const thrown = openFilm(threads);
  await expect(thrown.ask('throw')).rejects.toThrow('thrown');
  expect(thrown.thread.isSound()).toBe(false);
  await thrown.thread.leave(false);
  const survived = openFilm(threads);
  const number = await survived.ask('number');
  survived.thread.distrust();
  await survived.thread.leave(false);
  expect(await nextNumber(threads)).not.toBe(number);
});

test('a thread that is left while it is busy is ended, and what it was asked fails', async () => {
  const threads = numberedThreads(2);
  const film = openFilm(threads);
  const number = await film.ask('number');
  const asked = film.ask('silence');
  asked.catch(() => undefined);
  await film.thread.leave(true);
  await expect(asked).rejects.toThrow('the thread numbered has ended');
  expect(await nextNumber(threads)).not.toBe(number);
});

test('a film that has left its thread is not heard by it any more', async () => {
  const threads = numberedThreads(2);
  const over = openFilm(threads);
  const number = await over.ask('number');
  await over.thread.leave(false);
  const next = openFilm(threads);
  over.thread.tell('exit');
  expect(over.thread.isSound()).toBe(false);
  expect(await next.ask('number')).toBe(number);
  await next.thread.leave(true);
});
