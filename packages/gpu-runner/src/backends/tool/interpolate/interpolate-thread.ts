import { loadOpenCv } from '../../cpu/motion/morph-flow.ts';
import { serveThread } from '../serve-thread.ts';
import { makeBetween, type YuvFrame } from './between.ts';
import { findPairFlow, type LumaPlane } from './flow.ts';

export interface PairRequest {
  readonly first: YuvFrame;
  readonly second: YuvFrame;
  /** Places between the two, above 0 and below 1. */
  readonly ratios: readonly number[];
}
export interface PairReply {
  readonly frames: readonly YuvFrame[];
  readonly isCut: boolean;
}

const opening = loadOpenCv();

serveThread<PairRequest, PairReply>(async ({ first, second, ratios }) => {
  const { cv } = await opening;
  const flow = findPairFlow(cv, lumaOf(first), lumaOf(second));
  // A cut lies in the middle: nothing of one scene is mixed into the other.
  const frames = ratios.map((ratio) =>
    flow.isCut ? copyOf(ratio < 0.5 ? first : second) : makeBetween(first, second, flow, ratio),
  );
  return { output: { frames, isCut: flow.isCut }, transfer: frames.map(({ data }) => data.buffer) };
});

const lumaOf = ({ width, height, data }: YuvFrame): LumaPlane => ({ width, height, data: data.subarray(0, width * height) });
const copyOf = (frame: YuvFrame): YuvFrame => ({ ...frame, data: frame.data.slice() });
