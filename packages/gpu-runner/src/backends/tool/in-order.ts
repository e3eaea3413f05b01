/**
 * Runs `work` over what comes from `source`, up to `ahead` at a time, and gives the results back in order. When it is left early or one
 * fails, `source` is closed; work under way is not waited for, its owner stops it.
 */
export async function* mapInOrder<I, O>(
  source: AsyncIterable<I>,
  ahead: number,
  work: (item: I) => Promise<O>,
): AsyncGenerator<O> {
  const running: Promise<O>[] = [];
  for await (const item of source) {
    const result = work(item);
    // Told by the `await` below, whenever its turn comes.
    result.catch(() => undefined);
    running.push(result);
    const first = running.length >= ahead ? running.shift() : undefined;
    if (first !== undefined) yield await first;
  }
  for (const result of running) yield await result;
}
