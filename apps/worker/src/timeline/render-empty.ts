import path from 'node:path';
import { StepError } from '@polyreel/core';
import { type MediaTools, openFrameEncoder } from '@polyreel/media';
import { z } from 'zod';
import type { TimelineRenderRequest, TimelineRenderResult } from '../steps/render-timeline.ts';

const documentSchema = z.object({
  canvas: z.object({ width: z.int().positive(), height: z.int().positive() }),
  frameRate: z.object({ numerator: z.int().positive(), denominator: z.int().positive() }),
  background: z.string().regex(/^#[0-9a-f]{6}$/i),
});

/** A film of one second of background: what an edit without clips shows. */
export async function renderEmpty(media: MediaTools, request: TimelineRenderRequest): Promise<TimelineRenderResult> {
  const document = documentSchema.safeParse(request.document);
  if (!document.success)
    throw new StepError({
      code: 'unreadable_timeline',
      publicMessage: 'The timeline cannot be read',
      permanent: true,
      cause: document.error,
    });
  const { canvas, frameRate, background } = document.data;
  const file = path.join(request.outputDir, 'film.mp4');
  const encoder = openFrameEncoder({ ffmpegPath: media.ffmpegPath, path: file, canvas, frameRate, signal: request.signal });
  try {
    const frame = new Uint8Array(encoder.frameSizeBytes);
    const pixel = Buffer.from(`${background.slice(1)}ff`, 'hex');
    for (let offset = 0; offset < frame.length; offset += 4) frame.set(pixel, offset);
    const frameCount = Math.max(1, Math.round(frameRate.numerator / frameRate.denominator));
    for (let index = 0; index < frameCount; index += 1) {
      await encoder.write(frame);
      request.onProgress({ stage: 'rendering', ratio: (index + 1) / frameCount });
    }
    await encoder.finish();
    const durationSeconds = (frameCount * frameRate.denominator) / frameRate.numerator;
    const output = { role: 'output' as const, path: file, mediaType: 'video/mp4' };
    return { files: [output], canvas, frameCount, durationSeconds, warnings: [] };
  } finally {
    await encoder.discard();
  }
}
