/** 0 below `low`, 1 above `high`, soft in between. */
export const smoothstep = (low: number, high: number, value: number): number => {
  const ratio = Math.min(1, Math.max(0, (value - low) / (high - low)));
  return ratio * ratio * (3 - 2 * ratio);
};
