/** Of the source: containers may round times to milliseconds, so a frame counts as begun this much earlier. */
const TOLERANCE_SECONDS = 0.0006;

/**
 * How ffmpeg reads a film from `startSeconds` on, `speed` seconds of it for one of ours, as frames at `rate`: for k = 0.. the one on
 * screen at startSeconds + k * speed / rate. The seek starts at a key frame before, so that the frame which covers the start is always
 * among those decoded. `seek` stands before the input, `filters` begin its chain.
 */
export const sourceClock = (options: {
  startSeconds: number;
  speed: number;
  /** As ffmpeg writes it. */
  rate: string;
}): { seek: string[]; filters: string[] } => {
  const { startSeconds, speed, rate } = options;
  const seek = startSeconds > 0.001 ? ['-noaccurate_seek', '-ss', startSeconds.toFixed(6)] : [];
  const offset = seek.length === 0 ? startSeconds : 0;
  const filters = [
    'settb=1/1000000',
    `setpts=(T-${(offset + TOLERANCE_SECONDS).toFixed(9)})/${speed.toFixed(9)}/TB`,
    `fps=fps=${rate}:start_time=0:round=up`,
  ];
  return { seek, filters };
};
