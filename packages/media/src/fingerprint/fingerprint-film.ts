import { type FingerprintFrame, type FingerprintLook, StepError } from '@polyreel/core';
import type { MediaKind } from '../media-kinds.ts';
import { type MediaTools, FOREIGN_INPUT_MEMORY_BYTES } from '../tools.ts';
import { readRawFrames } from '../watermark/raw-frames.ts';
import { hashPicture, LOOK_SIDE, type PictureHashes } from './perceptual-hash.ts';

/** Frames a second whose hashes are kept. */
export const FINGERPRINT_RATE = 2;
/** Looked at are twice as many: the cut of one that asks may lie between two of them. Both look at the same moments of the same film. */
const LOOKED_RATE = 2 * FINGERPRINT_RATE;
/** A picture with less to see has a hash of noise. */
const DETAIL_MIN = 4;
const ASKED_SECONDS_MAX = 120;
const KEPT_SECONDS_MAX = 3600;
const TIMEOUT_MS = 10 * 60_000;
const FRAME_BYTES = 2 * LOOK_SIDE * LOOK_SIDE;

export interface FilmFingerprint {
  readonly frames: readonly FingerprintFrame[];
  /** 64 hex digits: the hash of the middle frame. */
  readonly middle: string;
}

export interface FingerprintOptions {
  readonly input: string;
  readonly kind: MediaKind;
  /** A still has one frame. */
  readonly isStill?: boolean;
  readonly signal: AbortSignal;
}

/** What is kept of a film: two frames a second, each as it is, in a mirror, and its middle nine tenths. Throws StepError without a picture. */
export const fingerprintFilm = async (tools: MediaTools, options: FingerprintOptions): Promise<FilmFingerprint> => {
  const looked = await hashFrames(tools, options, { every: LOOKED_RATE / FINGERPRINT_RATE, maxSeconds: KEPT_SECONDS_MAX });
  const middle = looked[Math.floor(looked.length / 2)];
  if (middle === undefined)
    throw new StepError({ code: 'film_without_picture', publicMessage: 'The film holds no picture', permanent: true });
  return {
    middle: middle.whole.hash.toString('hex'),
    frames: looked.flatMap(({ whole, centre }, position) =>
      whole.detail < DETAIL_MIN ? [] : [{ position, whole: whole.hash, mirrored: whole.mirrored, centre: centre.hash }],
    ),
  };
};

/** What is looked for: hashes by place, four a second, the dull ones left out. */
export const fingerprintQuery = async (tools: MediaTools, options: FingerprintOptions): Promise<FingerprintLook[]> => {
  const looked = await hashFrames(tools, options, { every: 1, maxSeconds: ASKED_SECONDS_MAX });
  return looked.flatMap(({ whole }, index) => (whole.detail < DETAIL_MIN ? [] : [{ position: index / 2, hash: whole.hash }]));
};

interface LookedFrame {
  readonly whole: PictureHashes;
  readonly centre: PictureHashes;
}

/** Every so many of the moments that are looked at. */
const hashFrames = async (
  tools: MediaTools,
  options: FingerprintOptions,
  { every, maxSeconds }: { every: number; maxSeconds: number },
): Promise<LookedFrame[]> => {
  const scale = `scale=${LOOK_SIDE}:${LOOK_SIDE}:flags=area:out_range=pc,format=gray`;
  const looked: LookedFrame[] = [];
  const frames = readRawFrames(tools, {
    input: options.input,
    kind: options.kind,
    filters: [
      ...(options.isStill === true ? [] : [`fps=${LOOKED_RATE}:round=near:start_time=0`]),
      `split[whole][cut];[whole]${scale}[small];[cut]crop=iw*0.9:ih*0.9,${scale}[centre];[small][centre]vstack`,
    ],
    pixelFormat: 'gray',
    frameBytes: FRAME_BYTES,
    maxSeconds,
    memoryBytes: FOREIGN_INPUT_MEMORY_BYTES,
    timeoutMs: TIMEOUT_MS,
    signal: options.signal,
  });
  let index = 0;
  for await (const frame of frames) {
    const isWanted = index % every === 0;
    index += 1;
    if (!isWanted) continue;
    const half = FRAME_BYTES / 2;
    looked.push({ whole: hashPicture(frame.subarray(0, half)), centre: hashPicture(frame.subarray(half)) });
    if (options.isStill === true) break;
  }
  return looked;
};
