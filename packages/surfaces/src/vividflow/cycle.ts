/** The month (UTC) in which credits are counted. */
export interface Cycle {
  readonly startsAt: Date;
  readonly endsAt: Date;
}

export function cycleAt(now: Date): Cycle {
  const [year, month] = [now.getUTCFullYear(), now.getUTCMonth()];
  return { startsAt: new Date(Date.UTC(year, month, 1)), endsAt: new Date(Date.UTC(year, month + 1, 1)) };
}

/** ISO 8601 without milliseconds, as the document prints it. */
export const secondsTime = (time: Date): string => `${time.toISOString().slice(0, 19)}Z`;

export function nextDay(now: Date): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1));
}
