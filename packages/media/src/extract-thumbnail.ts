import { StepError } from '@polyreel/core';
import type { ExtractFrameOptions } from './extract-last-frame.ts';
import { buildInputArgs } from './foreign-input.ts';
import type { MediaKind } from './media-kinds.ts';
import { runRender } from './render.ts';
import { startProcess } from './run-process.ts';
import { sniffFile } from './sniff.ts';
import { type MediaTools, RENDER_MEMORY_BYTES } from './tools.ts';

/** Frames are judged at this size: enough to tell a picture from a blank, small enough to read thousands a second. */
const LOOK = { width: 64, height: 36 } as const;
const LOOK_BYTES = LOOK.width * LOOK.height;
/** Every frame is looked at up to here, then the key frames of the whole film. */
const DENSE_SECONDS = 20;
const SCAN_TIMEOUT_MS = 5 * 60_000;

export interface LumaFacts {
  /** Share of pixels brighter than 32 of 255. */
  readonly brightShare: number;
  /** Standard deviation, 0..127. */
  readonly deviation: number;
}

export const measureLuma = (pixels: Uint8Array): LumaFacts => {
  let sum = 0;
  let squares = 0;
  let bright = 0;
  for (const value of pixels) {
    sum += value;
    squares += value * value;
    if (value > 32) bright += 1;
  }
  const mean = sum / pixels.length;
  return { brightShare: bright / pixels.length, deviation: Math.sqrt(Math.max(0, squares / pixels.length - mean * mean)) };
};

/** Black: under 2 % of the pixels are lit (ffmpeg's own measure of a black frame). Blank: one colour. */
export const isWorthShowing = (luma: LumaFacts): boolean => luma.brightShare >= 0.02 && luma.deviation >= 6;

type Scan = 'dense' | 'key-frames';
interface Pick {
  readonly scan: Scan;
  readonly index: number;
}

/**
 * Writes a JPEG of the first frame that is neither black nor blank, at the film's size; of the least blank one when all are.
 * Throws a permanent StepError when there is no picture.
 */
export const extractThumbnail = async (tools: MediaTools, options: ExtractFrameOptions): Promise<void> => {
  const { kind } = await sniffFile(options.input);
  const pick = await pickFrame(tools, { kind, input: options.input, signal: options.signal });
  const args = buildThumbnailArgs({ kind, input: options.input, output: options.output, pick });
  await runRender(tools, { args, output: options.output, signal: options.signal });
};

/** JPEG holds full-range BT.601, whatever the film is. */
export const buildThumbnailArgs = (options: { kind: MediaKind; input: string; output: string; pick: Pick }): string[] => [
  ...scanInputArgs(options),
  ...['-map', '0:v:0', '-vf', `select=eq(n\\,${options.pick.index}),scale=out_color_matrix=bt601:out_range=pc,format=yuvj420p`],
  ...['-frames:v', '1', '-c:v', 'mjpeg', '-q:v', '3', '-map_metadata', '-1', '-fflags', '+bitexact', '-flags:v', '+bitexact'],
  ...['-f', 'image2', '-update', '1'],
  options.output,
];

const scanInputArgs = (options: { kind: MediaKind; input: string; pick: { scan: Scan } }): string[] => [
  ...(options.pick.scan === 'dense' ? ['-t', String(DENSE_SECONDS)] : ['-skip_frame', 'nokey']),
  ...buildInputArgs(options.kind, options.input, { threads: 2 }),
];

interface Film {
  readonly kind: MediaKind;
  readonly input: string;
  readonly signal: AbortSignal;
}

const pickFrame = async (tools: MediaTools, film: Film): Promise<Pick> => {
  let best: { pick: Pick; deviation: number } | undefined;
  for (const scan of ['dense', 'key-frames'] as const) {
    let index = 0;
    for await (const luma of lumaOfFrames(tools, film, scan)) {
      const pick = { scan, index };
      if (isWorthShowing(luma)) return pick;
      if (best === undefined || luma.deviation > best.deviation) best = { pick, deviation: luma.deviation };
      index += 1;
    }
  }
  if (best !== undefined) return best.pick;
  throw new StepError({ code: 'film_without_picture', publicMessage: 'The film holds no picture', permanent: true });
};

/** Looks at one frame after the other; a reader that has seen enough ends the decoder. */
async function* lumaOfFrames(tools: MediaTools, film: Film, scan: Scan): AsyncGenerator<LumaFacts> {
  const size = `${LOOK.width}:${LOOK.height}`;
  const decoder = startProcess({
    command: tools.ffmpegPath,
    args: [
      ...['-hide_banner', '-loglevel', 'error', '-nostdin', '-nostats', ...scanInputArgs({ ...film, pick: { scan } })],
      ...[
        '-map',
        '0:v:0',
        '-vf',
        `scale=${size}:flags=area:out_range=pc,format=gray`,
        '-fps_mode',
        'passthrough',
        '-f',
        'rawvideo',
        'pipe:1',
      ],
    ],
    stdout: 'stream',
    signal: film.signal,
    timeoutMs: SCAN_TIMEOUT_MS,
    maxMemoryBytes: RENDER_MEMORY_BYTES,
  });
  let rest = Buffer.alloc(0);
  let isRead = false;
  try {
    for await (const chunk of decoder.stdout ?? []) {
      rest = Buffer.concat([rest, chunk]);
      for (; rest.length >= LOOK_BYTES; rest = rest.subarray(LOOK_BYTES)) yield measureLuma(rest.subarray(0, LOOK_BYTES));
    }
    isRead = true;
  } finally {
    if (!isRead) decoder.stop();
    // Stopped by us, its end is no failure; read to its end, it must have succeeded.
    await decoder.finished.catch((error: unknown) => {
      if (isRead) throw error;
    });
  }
}
