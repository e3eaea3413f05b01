/** When a message is tried. One for all surfaces. */
export interface DeliverySchedule {
  /** Before the first attempt, the second, and so on; as many as there are attempts. */
  readonly delaysSeconds: readonly number[];
  /** Each delay is stretched or shortened by at most this part of it. */
  readonly jitterRatio: number;
}

const minute = 60;
const hour = 3600;

/** Ten attempts over about 76 hours. */
export const deliverySchedule: DeliverySchedule = {
  delaysSeconds: [0, 5, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour],
  jitterRatio: 0.1,
};

/** A receiver may ask to wait longer than the schedule, up to this. */
export const retryAfterSecondsMax = 24 * hour;

/**
 * Seconds from the end of `attempt` (from 1) to the next one; null after the last. `random` gives 0 <= x < 1. `retryAfterSeconds`, what
 * the receiver asked for, only ever makes it later.
 */
export function nextAttemptAt(
  schedule: DeliverySchedule,
  attempt: number,
  random: () => number,
  retryAfterSeconds: number | null = null,
): number | null {
  const delay = schedule.delaysSeconds[attempt];
  if (delay === undefined) return null;
  const jittered = delay * (1 + schedule.jitterRatio * (2 * random() - 1));
  return Math.max(jittered, Math.min(retryAfterSeconds ?? 0, retryAfterSecondsMax));
}
