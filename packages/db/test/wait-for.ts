import { setTimeout as delay } from 'node:timers/promises';

const deadlineMs = 60_000;

/** Resolves with the first value that is neither null nor false; asks again until the deadline. */
export async function waitFor<T>(what: string, ask: () => T | Promise<T>): Promise<Exclude<T, null | false>> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const value = await ask();
    if (isThere(value)) return value;
    if (Date.now() > end) throw new Error(`not within ${deadlineMs / 1000} s: ${what}`);
    await delay(20);
  }
}

const isThere = <T>(value: T): value is Exclude<T, null | false> => value !== null && value !== false;
