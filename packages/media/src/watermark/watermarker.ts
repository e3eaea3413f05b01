import type { Canvas } from '@polyreel/core';
import type { MediaTools } from '../tools.ts';

/** An id of 64 bits as 16 lower-case hex digits. */
export type WatermarkId = string;

export const formatWatermarkId = (id: bigint): WatermarkId => id.toString(16).padStart(16, '0');
export const parseWatermarkId = (text: WatermarkId): bigint => {
  if (!/^[0-9a-f]{16}$/.test(text)) throw new RangeError(`${text} is no watermark id of 16 hex digits`);
  return BigInt(`0x${text}`);
};

export interface ReadWatermark {
  readonly id: WatermarkId;
  /** Above 7; how much likelier than chance, in standard deviations. */
  readonly confidence: number;
}

/**
 * An imperceptible mark that carries an id: the built-in one, or a model's (TrustMark, VideoSeal) in its place. An implementation keeps
 * to: an id that is put in comes back out; a film without a mark of this key gives null, not a guess; frames lose less than 42 dB.
 */
export interface Watermarker {
  /** As C2PA's soft binding names it. */
  readonly algorithm: string;
  /** A marker of frames of one film, in the order in which they are shown: yuv420p, changed in place. */
  open(options: { id: WatermarkId; canvas: Canvas }): { mark(frame: Uint8Array): void };
  /** The id in a film or a picture; null: none. Throws StepError when the file cannot be read. */
  read(tools: MediaTools, options: { input: string; signal: AbortSignal }): Promise<ReadWatermark | null>;
}
