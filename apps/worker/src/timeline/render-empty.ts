import path from 'node:path';
import { StepError } from '@polyreel/core';
import { type MediaTools, openFrameEncoder } from '@polyreel/media';
import { buildScene, type TimelineDocument } from '@polyreel/media/timeline';
import { z } from 'zod';
import type { TimelineRenderRequest, TimelineRenderResult } from '../steps/render-timeline.ts';

/** Written by the same check that `buildScene` is told about; told apart by its version. */
const documentSchema = z.custom<TimelineDocument>(
  (value) => z.looseObject({ version: z.literal(1), edit: z.looseObject({}) }).safeParse(value).success,
);

const notYet = (what: string): StepError =>
  new StepError({
    code: 'renderer_unavailable',
    publicMessage: `timeline: this server cannot draw ${what} yet`,
    permanent: true,
  });

/** A film of background alone: what an edit without clips shows. */
export async function renderEmpty(media: MediaTools, request: TimelineRenderRequest): Promise<TimelineRenderResult> {
  const document = documentSchema.safeParse(request.document);
  const built = document.success ? buildScene(document.data, () => null) : null;
  if (built === null) throw notYet('clips');
  const { scene, output, sound } = built;
  if (scene.layers.length > 0 || sound.length > 0) throw notYet('clips');
  if (output.format !== 'mp4' || output.codec !== 'h264') throw notYet(`${output.format} files`);
  const { background } = scene;
  if (background.type !== 'color') throw notYet(`a background of type ${background.type}`);
  const canvas = scene.output;
  const { frameRate } = scene;
  const file = path.join(request.outputDir, 'film.mp4');
  const encoder = openFrameEncoder({ ffmpegPath: media.ffmpegPath, path: file, canvas, frameRate, signal: request.signal });
  try {
    const frame = Buffer.alloc(encoder.frameSizeBytes, Buffer.from(background.color.slice(1), 'hex'));
    const frameCount = scene.range.to - scene.range.from;
    for (let index = 0; index < frameCount; index += 1) {
      await encoder.write(frame);
      request.onProgress({ stage: 'rendering', ratio: (index + 1) / frameCount });
    }
    await encoder.finish();
    const durationSeconds = (frameCount * frameRate.denominator) / frameRate.numerator;
    const film = { role: 'output' as const, path: file, mediaType: 'video/mp4' };
    return { files: [film], canvas, frameCount, durationSeconds, warnings: built.warnings };
  } finally {
    await encoder.discard();
  }
}
