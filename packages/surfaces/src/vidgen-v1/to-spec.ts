import type { Canvas, JobSpecOf } from '@polyreel/core';

/** Longest side of a talking film; a smaller picture is not enlarged. */
const maxSide = 1280;
const minSide = 64;

/** The picture's own shape, both sides even, the longer one at most 1280. */
export function canvasOf(image: Canvas): Canvas {
  const scale = Math.min(1, maxSide / Math.max(image.width, image.height));
  const side = (pixels: number): number => Math.max(minSide, 2 * Math.round((pixels * scale) / 2));
  return { width: side(image.width), height: side(image.height) };
}

/** The frame rate of a talking film; high enough for lips. */
export const frameRate = { numerator: 25, denominator: 1 } as const;

export function toSpec(input: {
  externalId: string;
  image: { fileId: string } & Canvas;
  audio: { fileId: string; seconds: number };
  seed: number;
}): JobSpecOf<'animate'> {
  return {
    kind: 'animate',
    specVersion: 1,
    model: 'wan22-s2v',
    image: { fileId: input.image.fileId },
    audio: { fileId: input.audio.fileId },
    audioSeconds: input.audio.seconds,
    canvas: canvasOf(input.image),
    frameRate,
    seed: input.seed,
    prompt: '',
    outputName: input.externalId,
  };
}
