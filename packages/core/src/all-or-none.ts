/**
 * Works side by side: the first that fails stops the others, and its error is thrown once all have ended, because the folder they write
 * to goes next.
 */
export async function allOrNone<T extends readonly Promise<unknown>[]>(
  outer: AbortSignal,
  start: (signal: AbortSignal) => readonly [...T],
): Promise<{ [K in keyof T]: Awaited<T[K]> }> {
  const stopper = new AbortController();
  const works = start(AbortSignal.any([outer, stopper.signal]));
  try {
    return await Promise.all(works);
  } catch (error) {
    stopper.abort(error);
    await Promise.allSettled(works);
    throw error;
  }
}
