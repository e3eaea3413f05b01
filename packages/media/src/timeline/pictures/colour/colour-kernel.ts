/// <reference path="./webassembly.d.ts" />
import { readFile } from 'node:fs/promises';
import type { ChromaKey } from '../../scene-graph.ts';

/** How frames lie in memory: RGBA rows, or planes of Y, U and V (BT.709, limited range, colour for two by two pixels). */
export type FrameFormat = 'rgba' | 'yuv420p';

export interface PlaneSize {
  readonly width: number;
  readonly height: number;
}

/** For `yuv420p` both sides are even. */
export const frameBytes = (format: FrameFormat, { width, height }: PlaneSize): number =>
  format === 'rgba' ? width * height * 4 : (width * height * 3) / 2;

/** A picture with alpha, made ready to be laid on planes: for Y, and for U and V, its alpha and its values times alpha. */
export interface LiftedPicture {
  readonly size: PlaneSize;
  readonly bytes: Uint8Array;
}

/**
 * What changes many pixels in the same way. Everything returned lies in the kernel's memory, valid until the next call, unless it says
 * otherwise. Sides of planes are even: an odd one throws.
 */
export interface ColourKernel {
  /** Of opaque pixels. */
  toYuv(rgba: Uint8Array | Uint8ClampedArray, size: PlaneSize): Uint8Array;
  /** With a key, pixels near its colour come out transparent. */
  toRgba(yuv: Uint8Array, size: PlaneSize, key?: ChromaKey | null): Uint8ClampedArray<ArrayBuffer>;
  /**
   * Makes pixels near the key colour transparent. Distance is that of 8 bit RGB. `spill` takes what the key's strongest channel has
   * beyond the mean of the other two out of what stays.
   */
  applyKey(rgba: Uint8Array | Uint8ClampedArray, key: ChromaKey): Uint8ClampedArray<ArrayBuffer>;
  /** Of straight alpha; in memory of its own. */
  lift(rgba: Uint8Array | Uint8ClampedArray, size: PlaneSize): LiftedPicture;
  /** Planes with a picture of their size over them, at an opacity of 0..1. */
  layLifted(yuv: Uint8Array, picture: LiftedPicture, opacity: number): Uint8Array;
  /** Planes with a film of their size over them. Of a key the spill does not count: colours stay. */
  layFilm(yuv: Uint8Array, film: Uint8Array, options: { size: PlaneSize; opacity: number; key: ChromaKey | null }): Uint8Array;
}

const PAGE_BYTES = 65_536;
/** Room for what is lost when places begin at multiples of 16. */
const PLACES_BYTES = 64;
type KernelCall = (...args: number[]) => number | undefined;
type KernelCalls = Record<
  'heap_base' | 'to_yuv' | 'to_rgba' | 'set_key' | 'apply_key' | 'lift' | 'lay_lifted' | 'lay_film',
  KernelCall
>;

export const openColourKernel = async (): Promise<ColourKernel> => {
  const module = await WebAssembly.compile(await readFile(new URL('colour.wasm', import.meta.url)));
  const { exports } = await WebAssembly.instantiate(module);
  const { memory } = exports;
  if (!(memory instanceof WebAssembly.Memory)) throw new Error('the colour kernel has no memory');
  const call = kernelCalls(exports);
  const start = call.heap_base() ?? 0;

  /** Makes sure that so much is there and hands it out, one place after the other; what was there before is lost. */
  const reserve = (total: number): ((bytes: number) => Uint8Array<ArrayBuffer>) => {
    const missing = start + total + PLACES_BYTES - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
    let end = start;
    return (bytes) => {
      const at = Math.ceil(end / 16) * 16;
      end = at + bytes;
      return new Uint8Array(memory.buffer, at, bytes);
    };
  };
  const pixelsOf = (bytes: Uint8Array<ArrayBuffer>) => new Uint8ClampedArray(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const setKey = ({ color, threshold, halo, spill }: ChromaKey): void => {
    const channel = (at: number): number => Number.parseInt(color.slice(at, at + 2), 16);
    call.set_key(channel(1), channel(3), channel(5), threshold, halo, spill);
  };

  return {
    toYuv(rgba, size) {
      const [rgbaBytes, yuvBytes] = [bytesOf('rgba', size), bytesOf('yuv420p', size)];
      const take = reserve(rgbaBytes + yuvBytes);
      const [from, to] = [take(rgbaBytes), take(yuvBytes)];
      from.set(rgba);
      call.to_yuv(from.byteOffset, to.byteOffset, size.width, size.height);
      return to;
    },
    toRgba(yuv, size, key = null) {
      const [rgbaBytes, yuvBytes, rowBytes] = [bytesOf('rgba', size), bytesOf('yuv420p', size), size.width * 12];
      const take = reserve(yuvBytes + rgbaBytes + rowBytes);
      const [from, to, shares] = [take(yuvBytes), take(rgbaBytes), take(rowBytes)];
      from.set(yuv);
      if (key !== null) setKey(key);
      call.to_rgba(from.byteOffset, to.byteOffset, shares.byteOffset, size.width, size.height, key === null ? 0 : 1);
      return pixelsOf(to);
    },
    applyKey(rgba, key) {
      const pixels = reserve(rgba.byteLength)(rgba.byteLength);
      pixels.set(rgba);
      setKey(key);
      call.apply_key(pixels.byteOffset, rgba.byteLength / 4);
      return pixelsOf(pixels);
    },
    lift(rgba, size) {
      const [rgbaBytes, liftedBytes] = [bytesOf('rgba', size), liftedBytesOf(size)];
      const take = reserve(rgbaBytes + liftedBytes);
      const [from, to] = [take(rgbaBytes), take(liftedBytes)];
      from.set(rgba);
      call.lift(from.byteOffset, to.byteOffset, size.width, size.height);
      return { size, bytes: to.slice() };
    },
    layLifted(yuv, { size, bytes }, opacity) {
      const yuvBytes = bytesOf('yuv420p', size);
      const take = reserve(yuvBytes + bytes.byteLength);
      const [to, over] = [take(yuvBytes), take(bytes.byteLength)];
      to.set(yuv);
      over.set(bytes);
      call.lay_lifted(to.byteOffset, over.byteOffset, size.width, size.height, strengthOf(opacity));
      return to;
    },
    layFilm(yuv, film, { size, opacity, key }) {
      const [yuvBytes, rowBytes] = [bytesOf('yuv420p', size), size.width * 32];
      const take = reserve(2 * yuvBytes + rowBytes);
      const [to, over, rows] = [take(yuvBytes), take(yuvBytes), take(rowBytes)];
      to.set(yuv);
      over.set(film);
      if (key !== null) setKey({ ...key, spill: 0 });
      const at = [to.byteOffset, over.byteOffset, rows.byteOffset] as const;
      call.lay_film(...at, size.width, size.height, strengthOf(opacity), key === null ? 0 : 1);
      return to;
    },
  };
};

const kernelCalls = (exports: WebAssembly.Instance['exports']): KernelCalls => {
  const find = (name: string): KernelCall => {
    const found = exports[name];
    if (typeof found !== 'function') throw new Error(`the colour kernel lacks ${name}`);
    return found;
  };
  return {
    ...{ heap_base: find('heap_base'), to_yuv: find('to_yuv'), to_rgba: find('to_rgba'), set_key: find('set_key') },
    ...{ apply_key: find('apply_key'), lift: find('lift'), lay_lifted: find('lay_lifted'), lay_film: find('lay_film') },
  };
};

/** For Y and for U and V (a half of the pixels in all): values of two bytes; alpha of one, common to U and V. */
const liftedBytesOf = (size: PlaneSize): number => bytesOf('yuv420p', size) * 2 + size.width * size.height * 1.25;

const bytesOf = (format: FrameFormat, size: PlaneSize): number => {
  if (size.width % 2 !== 0 || size.height % 2 !== 0) throw new Error(`${size.width} x ${size.height}: the sides must be even`);
  return frameBytes(format, size);
};

/** See `blend` in the C file: fixed point, with the division of alpha by 255 in it. */
const strengthOf = (opacity: number): number => Math.round((opacity * 2 ** 22) / 255);
