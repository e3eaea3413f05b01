import { writeFile } from 'node:fs/promises';
import { vectorizeRawSync } from '@neplex/vectorizer';
import sharp from 'sharp';
import { z } from 'zod';
import { traceLimits } from './trace-options.ts';

/** Program of the tracing process: one argument, JSON. Writes the SVG and a report. */
const requestSchema = z.object({
  input: z.string(),
  output: z.string(),
  report: z.string(),
  options: z.object({
    filterSpeckle: z.number(),
    colorPrecision: z.number(),
    layerDifference: z.number(),
    cornerThreshold: z.number(),
    lengthThreshold: z.number(),
    maxIterations: z.number(),
    spliceThreshold: z.number(),
    pathPrecision: z.number(),
  }),
});
/** Numbers of vtracer's enumerations, which its package declares as constants that are not there when types are stripped. */
const COLOUR = 0;
const STACKED = 0;
const SPLINE = 2;

const { input, output, report, options } = requestSchema.parse(JSON.parse(process.argv[2] ?? ''));
sharp.concurrency(1);
const picture = sharp(input, { limitInputPixels: 100_000_000 }).autoOrient();
const { autoOrient: size } = await picture.metadata();
const scale = Math.min(1, Math.sqrt(traceLimits.pixelsMax / (size.width * size.height)));
const traced = { width: Math.max(1, Math.floor(size.width * scale)), height: Math.max(1, Math.floor(size.height * scale)) };
const pixels = await picture
  .resize(traced.width, traced.height, { fit: 'fill' })
  .toColourspace('srgb')
  .ensureAlpha()
  .raw()
  .toBuffer();
const svg = vectorizeRawSync(pixels, traced, { colorMode: COLOUR, hierarchical: STACKED, mode: SPLINE, ...options });
const root = /<svg\b[^>]*>/;
if (!root.test(svg)) throw new Error('the tracer drew nothing');
const header =
  `<svg xmlns="http://www.w3.org/2000/svg" version="1.1" width="${size.width}" height="${size.height}" ` +
  `viewBox="0 0 ${traced.width} ${traced.height}" preserveAspectRatio="none">`;
await writeFile(output, svg.replace(root, header));
await writeFile(report, JSON.stringify({ isReduced: scale < 1 }));
