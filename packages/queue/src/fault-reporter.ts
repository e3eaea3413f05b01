export interface QueueFault {
  /** What was being done, e.g. `listen gpu`. */
  readonly where: string;
  readonly error: Error;
  /** How often the same fault was left out since it was last reported. */
  readonly repeats: number;
}

/** Takes what BullMQ and its connections complain about: nothing here stops the server, a sweep finds what is lost. */
export type OnQueueFault = (fault: QueueFault) => void;

const quietMs = 10_000;
const rememberedMax = 200;

/** A lost connection can fail a hundred times a second; the same words are passed on once in ten seconds. */
export function createFaultReporter(
  onFault: OnQueueFault,
  now: () => number = Date.now,
): (where: string, error: unknown) => void {
  const seen = new Map<string, { at: number; repeats: number }>();
  return (where, thrown) => {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    const key = `${where}: ${error.message}`;
    const last = seen.get(key);
    if (last !== undefined && now() - last.at < quietMs) {
      last.repeats += 1;
      return;
    }
    if (seen.size >= rememberedMax) seen.clear();
    seen.set(key, { at: now(), repeats: 0 });
    onFault({ where, error, repeats: last?.repeats ?? 0 });
  };
}
