import type { Canvas } from '@polyreel/core';

/** Input pixels above which the network would take longer than anybody waits on a CPU (about 12 s a megapixel on two cores). */
export const networkLimits = {
  stillPixels: 6_000_000,
  /** Of all frames together: 40 frames at 832x480. */
  clipPixels: 16_000_000,
} as const;

/** How much larger a picture gets so that it covers the canvas. */
export const scaleOf = (size: Canvas, canvas: Canvas): number => Math.max(canvas.width / size.width, canvas.height / size.height);
