import { z } from 'zod';

/** What one drawing may cost. Larger pictures are traced at this size and shown at their own. */
export const traceLimits = { pixelsMax: 4_000_000, timeoutMs: 300_000 } as const;

/** vtracer's own words; see its documentation. */
export interface TraceOptions {
  readonly filterSpeckle: number;
  readonly colorPrecision: number;
  readonly layerDifference: number;
  readonly cornerThreshold: number;
  readonly lengthThreshold: number;
  readonly maxIterations: number;
  readonly spliceThreshold: number;
  readonly pathPrecision: number;
}

/** From a poster of few large shapes (0) to every edge (1). */
export const traceOptions = (detailRatio: number): TraceOptions => {
  const between = (few: number, all: number): number => Math.round(few + (all - few) * detailRatio);
  return {
    filterSpeckle: between(12, 2),
    // Fewer bits would be cut off, not rounded: the whole drawing would be darker.
    colorPrecision: 8,
    layerDifference: between(56, 6),
    cornerThreshold: 60,
    lengthThreshold: 4,
    maxIterations: 10,
    spliceThreshold: 45,
    pathPrecision: 2,
  };
};

/** What the tracing process says about its work. */
export const traceReportSchema = z.object({ isReduced: z.boolean() });
