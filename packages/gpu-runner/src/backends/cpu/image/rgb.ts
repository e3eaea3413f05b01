import type { Canvas } from '@polyreel/core';

/** Planes Y, U, V of BT.709 in TV range, as the kernels draw them, to straight RGB. Both sides even. */
export const toRgb = (planes: Uint8Array, { width, height }: Canvas): Uint8Array<ArrayBuffer> => {
  const rgb = new Uint8Array(width * height * 3);
  const chromaWidth = width / 2;
  const uAt = width * height;
  const vAt = uAt + uAt / 4;
  const byte = (value: number): number => Math.min(255, Math.max(0, Math.round(value)));
  for (let y = 0, at = 0; y < height; y++) {
    const row = (y >> 1) * chromaWidth;
    for (let x = 0; x < width; x++, at++) {
      const luma = ((planes[at] ?? 16) - 16) * 1.164384;
      const u = (planes[uAt + row + (x >> 1)] ?? 128) - 128;
      const v = (planes[vAt + row + (x >> 1)] ?? 128) - 128;
      rgb[at * 3] = byte(luma + 1.792741 * v);
      rgb[at * 3 + 1] = byte(luma - 0.213249 * u - 0.532909 * v);
      rgb[at * 3 + 2] = byte(luma + 2.112402 * u);
    }
  }
  return rgb;
};
