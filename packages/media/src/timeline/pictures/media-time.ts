import type { Fraction, MediaTiming } from '../scene-graph.ts';

const EPSILON_SECONDS = 1e-6;
/** A moment at the very end of a span belongs to the span when time runs backwards. */
const BACKWARD_SECONDS = 1e-3;

export const fractionSeconds = (fraction: Fraction): number => fraction.numerator / fraction.denominator;

/** Time in the source at `seconds` of the layer; null where nothing is drawn. The rule stands at `MediaTiming`. */
export const sourceSecondsAt = (timing: MediaTiming, seconds: number): number | null => {
  const trim = fractionSeconds(timing.trim);
  const end = fractionSeconds(timing.end);
  const speed = fractionSeconds(timing.speed);
  const rest = end - trim;
  if (speed === 0 || rest <= EPSILON_SECONDS) return trim;
  let run = Math.max(0, seconds * speed);
  if (run >= rest - EPSILON_SECONDS) {
    if (timing.onEnd === 'hide') return null;
    if (timing.onEnd === 'freeze') return timing.isReversed ? trim : Math.max(trim, end - BACKWARD_SECONDS);
    run %= rest;
    // The lap's end is the next lap's start.
    if (rest - run < EPSILON_SECONDS) run = 0;
  }
  return timing.isReversed ? Math.max(trim, end - run - BACKWARD_SECONDS) : trim + run;
};

/** Moments in a source, one an output frame: a still, or an even run forwards (`step` > 0) or backwards (`step` < 0). */
export interface TimeRun {
  readonly startSeconds: number;
  readonly stepSeconds: number;
  readonly count: number;
}

/** Cuts a list of moments into even runs; one decoder serves a run. */
export function* splitIntoRuns(moments: Iterable<number | null>): Generator<TimeRun | null> {
  let run: { startSeconds: number; stepSeconds: number; count: number } | null = null;
  for (const moment of moments) {
    if (moment === null) {
      if (run !== null) yield run;
      run = null;
      yield null;
      continue;
    }
    if (run === null) run = { startSeconds: moment, stepSeconds: 0, count: 1 };
    else if (run.count === 1) {
      const stepSeconds: number = moment - run.startSeconds;
      run.stepSeconds = Math.abs(stepSeconds) < EPSILON_SECONDS ? 0 : stepSeconds;
      run.count = 2;
    } else if (Math.abs(run.startSeconds + run.count * run.stepSeconds - moment) < 2 * EPSILON_SECONDS) run.count += 1;
    else {
      yield run;
      run = { startSeconds: moment, stepSeconds: 0, count: 1 };
    }
  }
  if (run !== null) yield run;
}
