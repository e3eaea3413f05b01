import { DomainError, type WindowHit } from '@polyreel/core';

/** All hits of one window that arrived together. */
export interface HitSum extends WindowHit {
  readonly hits: number;
}

/** A window after the sum was added. */
export interface WindowTotal {
  readonly count: number;
  readonly resetSeconds: number;
}

interface Entry extends WindowHit {
  hits: number;
  readonly total: Promise<WindowTotal>;
  resolve(total: WindowTotal): void;
  reject(error: unknown): void;
}

const tickMs = 2;
const windowsPerFlushMax = 1000;
const flushesAtOnceMax = 2;

/**
 * Sums hits that arrive within about 2 ms (longer while the server is busy) and adds each sum in one round trip. Every caller still
 * gets its own exact place: of n hits that together brought a window to `total`, the i-th counts `total - n + i`.
 */
export function createHitCoalescer(
  addAll: (sums: readonly HitSum[]) => Promise<readonly WindowTotal[]>,
): (hits: readonly WindowHit[]) => Promise<readonly WindowTotal[]> {
  let pending = new Map<string, Entry>();
  let timer: NodeJS.Timeout | undefined;
  let running = 0;

  const schedule = () => {
    if (timer === undefined && pending.size > 0 && running < flushesAtOnceMax) timer = setTimeout(flush, tickMs);
  };
  const flush = async () => {
    timer = undefined;
    const entries = [...pending.values()].slice(0, windowsPerFlushMax);
    if (entries.length === pending.size) pending = new Map();
    else for (const entry of entries) pending.delete(idOf(entry));
    running += 1;
    schedule();
    try {
      const totals = await addAll(entries.map(({ key, windowSeconds, hits }) => ({ key, windowSeconds, hits })));
      for (const [index, entry] of entries.entries()) {
        const total = totals[index];
        if (total === undefined) throw new Error(`${totals.length} totals for ${entries.length} windows`);
        entry.resolve(total);
      }
    } catch (cause) {
      const error = new DomainError('backend_unavailable', 'the rate counter does not answer', {
        code: 'counter_unavailable',
        cause,
      });
      for (const entry of entries) entry.reject(error);
    } finally {
      running -= 1;
      schedule();
    }
  };
  const join = async (hit: WindowHit): Promise<WindowTotal> => {
    const entry = pending.get(idOf(hit)) ?? openEntry(hit);
    pending.set(idOf(hit), entry);
    entry.hits += 1;
    const place = entry.hits;
    schedule();
    const total = await entry.total;
    return { count: total.count - entry.hits + place, resetSeconds: total.resetSeconds };
  };
  return async (hits) => {
    for (const { key, windowSeconds } of hits) {
      if (key === '' || !Number.isInteger(windowSeconds) || windowSeconds < 1) {
        throw new RangeError(`a window of ${windowSeconds} s for key ${JSON.stringify(key)}`);
      }
    }
    return Promise.all(hits.map(join));
  };
}

function idOf({ key, windowSeconds }: WindowHit): string {
  return `${windowSeconds}/${key}`;
}

function openEntry({ key, windowSeconds }: WindowHit): Entry {
  const { promise, resolve, reject } = Promise.withResolvers<WindowTotal>();
  return { key, windowSeconds, hits: 0, total: promise, resolve, reject };
}
