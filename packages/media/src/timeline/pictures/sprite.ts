/** A still picture in memory that all drawing threads share. */
export interface Sprite {
  /** Where it lies, in pixels of the layer's box. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly pixelWidth: number;
  readonly pixelHeight: number;
  /** RGBA, straight alpha, row after row. */
  readonly pixels: SharedArrayBuffer;
}

/** No sprite is larger: 16 million pixels are 64 MB. */
export const MAX_SPRITE_PIXELS = 16_000_000;

/** Copies pixels into memory that threads share. */
export const toShared = (pixels: Uint8Array): SharedArrayBuffer => {
  const shared = new SharedArrayBuffer(pixels.byteLength);
  new Uint8Array(shared).set(pixels);
  return shared;
};

/** The density, at most the one asked, with which a picture of this size stays within the limit. */
export const boundedDensity = (width: number, height: number, density: number): number =>
  Math.min(density, Math.sqrt(MAX_SPRITE_PIXELS / Math.max(1, width * height)));
