import { type Canvas, ImageData, type SKRSContext2D } from '@napi-rs/canvas';
import type { FrameMask } from '../transitions.ts';
import { makeCanvas } from './canvases.ts';

/** Brightness of a picture over black as alpha. */
export const brightnessMask = (source: Canvas, isInverted: boolean): Canvas => {
  const { data } = source.getContext('2d').getImageData(0, 0, source.width, source.height);
  for (let at = 0; at < data.length; at += 4) {
    const luma = 0.299 * (data[at] ?? 0) + 0.587 * (data[at + 1] ?? 0) + 0.114 * (data[at + 2] ?? 0);
    const shown = (luma * (data[at + 3] ?? 0)) / 255;
    data[at + 3] = isInverted ? 255 - shown : shown;
  }
  const mask = makeCanvas(source.width, source.height);
  mask.getContext('2d').putImageData(new ImageData(data, source.width, source.height), 0, 0);
  return mask;
};

/** Cuts what is drawn from now on at a hard edge, in frame pixels. */
export const clipHard = (context: SKRSContext2D, mask: Extract<FrameMask, { type: 'hard' }>, height: number): void => {
  context.beginPath();
  context.rect(mask.from, 0, Math.max(0, mask.to - mask.from), height);
  context.clip();
};

/** Fades what the canvas holds along a soft edge, in frame pixels. */
export const fadeSoft = (
  context: SKRSContext2D,
  mask: Extract<FrameMask, { type: 'soft' }>,
  frame: { width: number; height: number },
): void => {
  context.globalCompositeOperation = 'destination-in';
  const gradient = context.createLinearGradient(mask.solidAt, 0, mask.clearAt, 0);
  gradient.addColorStop(0, '#000000ff');
  gradient.addColorStop(1, '#00000000');
  context.fillStyle = gradient;
  context.fillRect(0, 0, frame.width, frame.height);
  context.globalCompositeOperation = 'source-over';
};
