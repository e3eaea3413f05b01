import { probe } from '../../probe.ts';
import { isAboutInput } from '../../foreign-input.ts';
import { mediaKinds } from '../../media-kinds.ts';
import { readImageHeader } from '../../image-header.ts';
import { sniffFile } from '../../sniff.ts';
import { FOREIGN_INPUT_MEMORY_BYTES, type MediaTools } from '../../tools.ts';
import { softBindingAlgorithms } from '../../provenance/manifest.ts';
import { readRawFrames } from '../raw-frames.ts';
import { formatWatermarkId, parseWatermarkId, type ReadWatermark, type Watermarker } from '../watermarker.ts';
import { createFrameMarker } from './embed.ts';
import { createMarkFinder } from './find-mark.ts';
import { CHIPS_PER_SIDE, buildLayout } from './pattern.ts';
import { createResidual } from './residual.ts';

/** Pictures are looked at with three pixels a chip. */
const LOOK_SIDE = CHIPS_PER_SIDE * 3;
/** A side beyond this many times the other is looked at only so far. */
const ASPECT_MAX = 4;
const FRAMES_MAX = 60;
const FRAMES_PER_SECOND_MAX = 8;
const LOOKED_SECONDS_MAX = 600;
const TIMEOUT_MS = 5 * 60_000;

/**
 * The built-in mark: a keyed pattern in the luma, the same in every frame. Older keys are read, the first one writes. Weaker than what
 * trained models do, but whole on any machine; see `bench/PROVENANCE.md` for what it survives.
 */
export const createLumaWatermarker = (keys: readonly [Uint8Array, ...Uint8Array[]]): Watermarker => {
  const [key] = keys;
  const finders = keys.map((each) => createMarkFinder(buildLayout(each)));
  return {
    algorithm: softBindingAlgorithms.watermark,
    open: ({ id, canvas }) => createFrameMarker({ key, id: parseWatermarkId(id), canvas }),
    async read(tools, { input, signal }) {
      const residual = await lookAt(tools, input, signal);
      if (residual === null) return null;
      let best: ReadWatermark | null = null;
      for (const find of finders) {
        const found = find(residual);
        if (found === null || (best !== null && best.confidence >= found.confidence)) continue;
        best = { id: formatWatermarkId(found.id), confidence: found.confidence };
      }
      return best;
    },
  };
};

/** Null: there is no picture, or none that could carry a mark. */
const lookAt = async (tools: MediaTools, input: string, signal: AbortSignal) => {
  const { kind, family } = await sniffFile(input);
  if (mediaKinds[kind].demuxer === null) return null;
  const facts = family === 'image' ? await pictureFacts(input) : await filmFacts(tools, input, signal);
  if (facts === null) return null;
  const { width, height } = lookSize(facts);
  const residual = createResidual(width, height);
  const rate = Math.min(FRAMES_PER_SECOND_MAX, FRAMES_MAX / Math.max(0.1, Math.min(facts.seconds, LOOKED_SECONDS_MAX)));
  const frames = readRawFrames(tools, {
    input,
    kind,
    filters: [
      ...(facts.seconds > 0 ? [`fps=${rate.toFixed(4)}`] : []),
      `scale=${width}:${height}:flags=bicubic:out_range=pc`,
      'format=gray',
    ],
    pixelFormat: 'gray',
    frameBytes: width * height,
    maxSeconds: LOOKED_SECONDS_MAX,
    memoryBytes: FOREIGN_INPUT_MEMORY_BYTES,
    timeoutMs: TIMEOUT_MS,
    signal,
  });
  let count = 0;
  for await (const frame of frames) {
    residual.add(frame);
    count += 1;
    if (count >= FRAMES_MAX) break;
  }
  return count === 0 ? null : residual;
};

interface PictureFacts {
  readonly width: number;
  readonly height: number;
  /** 0 for a still. */
  readonly seconds: number;
}

const pictureFacts = async (input: string): Promise<PictureFacts | null> => {
  const header = await readImageHeader(input);
  return header === undefined ? null : { width: header.width, height: header.height, seconds: 0 };
};

const filmFacts = async (tools: MediaTools, input: string, signal: AbortSignal): Promise<PictureFacts | null> => {
  try {
    const { video, durationSeconds } = await probe(tools, input, { signal });
    return video === undefined ? null : { width: video.width, height: video.height, seconds: durationSeconds ?? 1 };
  } catch (error) {
    if (isAboutInput(error)) return null;
    throw error;
  }
};

const lookSize = ({ width, height }: PictureFacts): { width: number; height: number } => {
  const scale = LOOK_SIDE / Math.min(width, height);
  const side = (pixels: number): number => Math.min(LOOK_SIDE * ASPECT_MAX, Math.max(16, Math.round(pixels * scale)));
  return { width: side(width), height: side(height) };
};
