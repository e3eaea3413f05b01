import type { AccountStore, Clock } from '@polyreel/core';

const flushMs = 5000;
const atMostEveryMs = 60_000;

/** Collects when keys were used and writes it in batches, at most once a minute a key; losing some at a crash is harmless. */
export function createKeyUsage(deps: { accounts: Pick<AccountStore, 'touchKeys'>; clock: Clock; onError(error: unknown): void }) {
  const written = new Map<string, number>();
  const pending = new Set<string>();
  const flush = async (): Promise<void> => {
    const keyIds = [...pending];
    pending.clear();
    if (keyIds.length > 0) await deps.accounts.touchKeys(keyIds).catch(deps.onError);
  };
  const timer = setInterval(() => void flush(), flushMs);
  timer.unref();
  return {
    note(keyId: string): void {
      const now = deps.clock.now().getTime();
      if (now - (written.get(keyId) ?? 0) < atMostEveryMs) return;
      if (written.size > 10_000) written.clear();
      written.set(keyId, now);
      pending.add(keyId);
    },
    async close(): Promise<void> {
      clearInterval(timer);
      await flush();
    },
  };
}
