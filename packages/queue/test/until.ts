/** Tries `check` until it gives something other than undefined, at most for `deadlineMs`. For state that announces nothing. */
export async function until<T>(
  what: string,
  check: () => T | undefined | Promise<T | undefined>,
  deadlineMs = 60_000,
): Promise<T> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const found = await check();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`${what}: not within ${deadlineMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Collects values; `take(n)` resolves when n have come. */
export function createInbox<T>() {
  const values: T[] = [];
  return {
    values,
    put: (value: T) => {
      values.push(value);
    },
    take: (count: number) => until(`${count} values`, () => (values.length >= count ? values.slice(0, count) : undefined)),
  };
}
