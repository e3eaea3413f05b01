import type { FrameRate } from '@polyreel/core';

/**
 * Which frames of the new rate fall between given frame `index` and the next: whether one falls on it, and the places (above 0, below 1) of
 * the others. Whole numbers, so that nothing drifts over a long film.
 */
export const ratiosBetween = (
  index: number,
  given: FrameRate,
  wanted: FrameRate,
): { startsGiven: boolean; ratios: readonly number[] } => {
  // Given frame k shows at k * givenStep, wanted frame i at i * wantedStep.
  const givenStep = given.denominator * wanted.numerator;
  const wantedStep = wanted.denominator * given.numerator;
  const start = index * givenStep;
  const ratios: number[] = [];
  let startsGiven = false;
  for (let time = Math.ceil(start / wantedStep) * wantedStep; time < start + givenStep; time += wantedStep)
    if (time === start) startsGiven = true;
    else ratios.push((time - start) / givenStep);
  return { startsGiven, ratios };
};
