import { StepError } from '@polyreel/core';
import { buildInputArgs } from './foreign-input.ts';
import type { MediaKind } from './media-kinds.ts';
import { probe } from './probe.ts';
import { runRender } from './render.ts';
import { sniffFile } from './sniff.ts';
import type { MediaTools } from './tools.ts';

export interface ExtractFrameOptions {
  readonly input: string;
  readonly output: string;
  readonly signal: AbortSignal;
}

/** One frame by its number as an RGB PNG. */
export const buildExtractFrameArgs = (options: {
  kind: MediaKind;
  input: string;
  frameIndex: number;
  output: string;
}): string[] => [
  ...buildInputArgs(options.kind, options.input, { threads: 2 }),
  ...[
    '-map',
    '0:v:0',
    '-vf',
    `select=eq(n\\,${options.frameIndex}),scale=flags=bicubic+accurate_rnd+full_chroma_int,format=rgb24`,
  ],
  ...[
    '-frames:v',
    '1',
    '-c:v',
    'png',
    '-map_metadata',
    '-1',
    '-fflags',
    '+bitexact',
    '-flags:v',
    '+bitexact',
    '-f',
    'image2',
    '-update',
    '1',
  ],
  options.output,
];

/** Writes the last frame of a film as a PNG. Throws a permanent StepError when there is no picture. */
export const extractLastFrame = async (tools: MediaTools, options: ExtractFrameOptions): Promise<void> => {
  const { input, output, signal } = options;
  const { kind } = await sniffFile(input);
  const { video } = await probe(tools, input, { kind, signal, countsFrames: true });
  if (video === undefined || video.frameCount === null || video.frameCount === 0) {
    throw new StepError({ code: 'clip_without_picture', publicMessage: 'A clip holds no picture', permanent: true });
  }
  const args = buildExtractFrameArgs({ kind, input, output, frameIndex: video.frameCount - 1 });
  await runRender(tools, { args, output, signal });
};
