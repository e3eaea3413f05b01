/// <reference path="./webassembly.d.ts" />
import { readFile } from 'node:fs/promises';

/** How frames lie in memory: RGBA rows, or planes of Y, U and V (BT.709, limited range, colour for two by two pixels). */
export type FrameFormat = 'rgba' | 'yuv420p';

/** For `yuv420p` both sides are even. */
export const frameBytes = (format: FrameFormat, { width, height }: { width: number; height: number }): number =>
  format === 'rgba' ? width * height * 4 : (width * height * 3) / 2;

/** Of a frame; all numbers are even. */
export interface FrameArea {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface ColourKernel {
  /**
   * The pixels of one area, to be changed and given to `endArea` before anything else is asked of the kernel. The other planes stay as they
   * are.
   */
  beginArea(yuv: Uint8Array, area: FrameArea): Uint8ClampedArray;
  /** The frame with the changed area; valid until the next call. */
  endArea(rgba: Uint8Array | Uint8ClampedArray, area: FrameArea): Uint8Array;
  /** Opaque pixels; the result is valid until the next call. */
  toYuv(rgba: Uint8Array): Uint8Array;
  /** The result is valid until the next call. */
  toRgba(yuv: Uint8Array): Uint8ClampedArray;
}

const PAGE_BYTES = 65_536;

/** For frames of one size with even sides. */
export const openColourKernel = async (size: { width: number; height: number }): Promise<ColourKernel> => {
  const { width, height } = size;
  if (width % 2 !== 0 || height % 2 !== 0) throw new Error(`${width} x ${height}: the sides must be even`);
  const module = await WebAssembly.compile(await readFile(new URL('colour.wasm', import.meta.url)));
  const { memory, heap_base: heapBase, to_yuv: toYuv, to_rgba: toRgba } = (await WebAssembly.instantiate(module)).exports;
  if (
    !(memory instanceof WebAssembly.Memory && typeof heapBase === 'function') ||
    !(typeof toYuv === 'function' && typeof toRgba === 'function')
  )
    throw new Error('the colour kernel lacks an export');
  const rgbaAt = Math.ceil((heapBase() ?? 0) / 16) * 16;
  const yuvAt = rgbaAt + frameBytes('rgba', size);
  const sharesAt = Math.ceil((yuvAt + frameBytes('yuv420p', size)) / 16) * 16;
  const missing = sharesAt + width * 12 - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
  const { buffer } = memory;
  const rgba = new Uint8ClampedArray(buffer, rgbaAt, frameBytes('rgba', size));
  const yuv = new Uint8Array(buffer, yuvAt, frameBytes('yuv420p', size));
  const whole: FrameArea = { x: 0, y: 0, width, height };
  const endArea = (pixels: Uint8Array | Uint8ClampedArray, area: FrameArea): Uint8Array => {
    rgba.set(pixels);
    toYuv(rgbaAt, yuvAt, width, height, area.x, area.y, area.width, area.height);
    return yuv;
  };
  const beginArea = (planes: Uint8Array, area: FrameArea): Uint8ClampedArray => {
    yuv.set(planes);
    toRgba(yuvAt, rgbaAt, sharesAt, width, height, area.x, area.y, area.width, area.height);
    return rgba.subarray(0, area.width * area.height * 4);
  };
  return { beginArea, endArea, toYuv: (pixels) => endArea(pixels, whole), toRgba: (planes) => beginArea(planes, whole) };
};
