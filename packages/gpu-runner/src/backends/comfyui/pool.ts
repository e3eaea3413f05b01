import { comfyError } from './comfy-errors.ts';
import type { Available } from './graphs/model-files.ts';
import type { Instance } from './instance.ts';

export interface PoolTimes {
  /** Between two looks at a server that is well. */
  readonly lookMs: number;
  /** Between two looks at one that is not. */
  readonly downLookMs: number;
  /** For one look. */
  readonly lookMostMs: number;
  /** How long a task waits for a server that can do it. */
  readonly waitMs: number;
  /** How long what a server could do still counts after it was last seen. */
  readonly rememberedMs: number;
}
export const defaultPoolTimes: PoolTimes = {
  lookMs: 60_000,
  downLookMs: 1000,
  lookMostMs: 30_000,
  waitMs: 10 * 60_000,
  rememberedMs: 15 * 60_000,
};

/** What a task would be on one server; null: that server cannot do it. */
export interface Fit<T> {
  readonly family: string;
  readonly value: T;
}

export interface PoolLease<T> {
  readonly instance: Instance;
  readonly value: T;
  /** Must be called, with what went wrong or null. */
  release(error: unknown): void;
}

export interface Wish<T> {
  fit(available: Available): Fit<T> | null;
  /** Only this server will do. */
  readonly only?: Instance | undefined;
  /** This server, for as long as it is up: it holds work of this task already. */
  readonly host?: Instance | undefined;
  readonly signal: AbortSignal;
}

export interface ComfyPool {
  readonly instances: readonly Instance[];
  /** Looks at every server once; those that do not answer are looked at again by and by. */
  examineAll(signal: AbortSignal): Promise<void>;
  /**
   * One free server for one prompt at a time: the one that holds the models already, else one that holds none, else any. Waits where none
   * is free or up. Throws StepError `backend_unavailable` after `waitMs` without one that can do it.
   */
  acquire<T>(wish: Wish<T>): Promise<PoolLease<T>>;
  /** What servers have that were seen lately. */
  remembered(): readonly Available[];
  close(): void;
}

interface Waiter {
  /** Takes a free server; false: none fits. */
  serve(): boolean;
}

export interface PoolOptions {
  readonly instances: readonly Instance[];
  readonly times: PoolTimes;
  /** A server came up with nothing in its memory. Runs beside; a lease is taken like any other. */
  onFresh?(instance: Instance): void;
}

export function createComfyPool({ instances, times, onFresh }: PoolOptions): ComfyPool {
  const waiters: Waiter[] = [];
  const closing = new AbortController();
  const timers = new Map<Instance, NodeJS.Timeout>();
  const looking = new Map<Instance, Promise<void>>();

  const serveWaiters = (): void => {
    for (const waiter of [...waiters]) if (waiter.serve()) waiters.splice(waiters.indexOf(waiter), 1);
  };
  const schedule = (instance: Instance): void => {
    if (closing.signal.aborted) return;
    clearTimeout(timers.get(instance));
    const timer = setTimeout(() => void look(instance), instance.state === 'up' ? times.lookMs : times.downLookMs);
    timer.unref();
    timers.set(instance, timer);
  };
  const look = (instance: Instance): Promise<void> => {
    const running = looking.get(instance);
    if (running) return running;
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(times.lookMostMs)]);
    const one = instance
      .look(signal)
      .catch((error: unknown) => {
        // Too slow to answer counts as not answering.
        instance.fault = error;
        instance.state = 'down';
        return false;
      })
      .then((isNew) => {
        looking.delete(instance);
        if (closing.signal.aborted) return;
        schedule(instance);
        serveWaiters();
        if (isNew && instance.isFree) onFresh?.(instance);
      });
    looking.set(instance, one);
    return one;
  };

  /** Of the free servers that can do it, the cheapest to begin on. */
  const choose = <T>(wish: Wish<T>): { instance: Instance; fit: Fit<T> } | null => {
    const fits = instances
      .filter((instance) => instance.isFree && (wish.only === undefined || wish.only === instance))
      .filter((instance) => wish.host?.state !== 'up' || wish.host === instance)
      .flatMap((instance) => {
        const fit = instance.examination && wish.fit(instance.examination.available);
        return fit ? [{ instance, fit }] : [];
      });
    const [best] = fits.toSorted((a, b) => loading(a.instance, a.fit.family) - loading(b.instance, b.fit.family));
    return best ?? null;
  };

  return {
    instances,
    async examineAll(signal) {
      const all = Promise.all(instances.map(look)).then(() => undefined);
      await Promise.race([all, aborted(signal)]);
    },
    async acquire<T>(wish: Wish<T>): Promise<PoolLease<T>> {
      const take = ({ instance, fit }: { instance: Instance; fit: Fit<T> }): PoolLease<T> => {
        instance.isBusy = true;
        let isHeld = true;
        return {
          instance,
          value: fit.value,
          release(error) {
            if (!isHeld) return;
            isHeld = false;
            instance.isBusy = false;
            instance.family = fit.family;
            instance.note(error);
            if (instance.state !== 'up') schedule(instance);
            serveWaiters();
          },
        };
      };
      wish.signal.throwIfAborted();
      return new Promise((resolve, reject) => {
        const end = (): void => {
          clearTimeout(limit);
          wish.signal.removeEventListener('abort', giveUp);
          closing.signal.removeEventListener('abort', giveUp);
        };
        const waiter: Waiter = {
          serve() {
            try {
              const found = choose(wish);
              if (!found) return false;
              end();
              resolve(take(found));
            } catch (error) {
              end();
              reject(error);
            }
            return true;
          },
        };
        const leave = (error: unknown): void => {
          const at = waiters.indexOf(waiter);
          if (at >= 0) waiters.splice(at, 1);
          end();
          reject(error);
        };
        const giveUp = (): void => leave(wish.signal.aborted ? wish.signal.reason : comfyError('backend_unavailable'));
        const busy = (): boolean => instances.some((instance) => instance.isBusy);
        const tooLong = (): void => {
          // All servers work: it is its turn by and by, and the step's own deadline counts.
          if (busy()) limit = setTimeout(tooLong, times.waitMs);
          else leave(comfyError('backend_unavailable', new Error(describeFaults(instances))));
        };
        let limit = setTimeout(tooLong, times.waitMs);
        wish.signal.addEventListener('abort', giveUp, { once: true });
        closing.signal.addEventListener('abort', giveUp, { once: true });
        if (!waiter.serve()) waiters.push(waiter);
      });
    },
    remembered: () =>
      instances.flatMap(({ examination, seenAt }) =>
        examination && performance.now() - seenAt < times.rememberedMs ? [examination.available] : [],
      ),
    close() {
      closing.abort();
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}

/** 0: the models are there. 1: nothing must be thrown out for them. 2: others must. */
const loading = ({ family }: Instance, wanted: string): number => (family === wanted ? 0 : family === null ? 1 : 2);

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });

const describeFaults = (instances: readonly Instance[]): string =>
  instances
    .map(
      ({ http, state, fault, isResting }) =>
        `${http.baseUrl}: ${isResting ? 'rests' : state}${fault ? `, ${String(fault)}` : ''}`,
    )
    .join('; ');
