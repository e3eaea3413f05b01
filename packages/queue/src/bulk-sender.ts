const bulkMax = 500;

/**
 * Sends items one by one while it is quiet and many at once under load: what comes while a send is under way waits for the next one.
 * The promise of an item resolves when it was sent. `send` must not reject.
 */
export function createBulkSender<T>(send: (items: readonly T[]) => Promise<void>): (item: T) => Promise<void> {
  let waiting: { item: T; resolve: () => void }[] = [];
  let isSending = false;

  const pump = async (): Promise<void> => {
    if (isSending) return;
    isSending = true;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, bulkMax);
      waiting = waiting.slice(bulkMax);
      await send(batch.map(({ item }) => item));
      for (const { resolve } of batch) resolve();
    }
    isSending = false;
  };

  return (item) =>
    new Promise((resolve) => {
      waiting.push({ item, resolve });
      void pump();
    });
}
