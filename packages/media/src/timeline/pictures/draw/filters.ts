import { type Canvas, ImageData, type SKRSContext2D } from '@napi-rs/canvas';
import type { LayerFilter } from '../../scene-graph.ts';
import { makeCanvas } from './canvases.ts';

/** A colour cube of a .cube file: `size`^3 triples, red fastest, 0..1. */
export interface ColorCube {
  readonly size: number;
  readonly values: Float32Array;
}

export interface FilterOptions {
  readonly filters: readonly LayerFilter[];
  /** Pixels of the canvas for one pixel of the box. */
  readonly density: number;
  /** The output frame, for grain. */
  readonly frame: number;
  readonly cubeFor: (source: string) => ColorCube | undefined;
}

/** True when equal pixels give another result on another frame. */
export const changesByFrame = (filters: readonly LayerFilter[]): boolean => filters.some((filter) => filter.type === 'grain');

/** A canvas with all filters applied in order; the one given when there are none. */
export const applyFilters = (source: Canvas, options: FilterOptions): Canvas => {
  let canvas = source;
  let words: string[] = [];
  const flush = (): void => {
    if (words.length === 0) return;
    const filter = words.join(' ');
    canvas = drawThrough(canvas, (context) => {
      context.filter = filter;
    });
    words = [];
  };
  for (const filter of options.filters) {
    const word = cssFilter(filter, options.density);
    if (word !== null) {
      words.push(word);
      continue;
    }
    flush();
    canvas = ownFilter(canvas, filter, options);
  }
  flush();
  return canvas;
};

const number = (value: number): string => String(Math.round(value * 1e6) / 1e6);

/** The canvas' filter words mean what the scene means, Rec. 709 luma included. */
const cssFilter = (filter: LayerFilter, density: number): string | null => {
  switch (filter.type) {
    case 'blur':
      return `blur(${number(filter.sigma * density)}px)`;
    case 'brightness':
      return `brightness(${number(filter.factor)})`;
    case 'contrast':
      return `contrast(${number(filter.factor)})`;
    case 'saturation':
      return `saturate(${number(filter.factor)})`;
    case 'greyscale':
      return `grayscale(${number(filter.amount)})`;
    case 'negative':
      return `invert(${number(filter.amount)})`;
    case 'sepia':
      return `sepia(${number(filter.amount)})`;
    case 'hue':
      return `hue-rotate(${number(filter.angle)}deg)`;
    case 'sharpen':
    case 'vignette':
    case 'grain':
    case 'lut':
      return null;
  }
};

const drawThrough = (source: Canvas, prepare: (context: SKRSContext2D) => void): Canvas => {
  const canvas = makeCanvas(source.width, source.height);
  const context = canvas.getContext('2d');
  prepare(context);
  context.drawImage(source, 0, 0);
  context.filter = 'none';
  return canvas;
};

const ownFilter = (source: Canvas, filter: LayerFilter, options: FilterOptions): Canvas => {
  switch (filter.type) {
    case 'sharpen':
      return sharpen(source, filter.amount, options.density);
    case 'vignette':
      return vignette(source, filter.amount);
    case 'grain':
      return mapPixels(source, (pixels) => addGrain(pixels, { ...filter, frame: options.frame }));
    case 'lut': {
      const cube = options.cubeFor(filter.source);
      return cube === undefined ? source : mapPixels(source, (pixels) => applyCube(pixels, cube, filter.amount));
    }
    default:
      return source;
  }
};

const mapPixels = (source: Canvas, change: (pixels: Uint8ClampedArray) => void): Canvas => {
  const data = source.getContext('2d').getImageData(0, 0, source.width, source.height);
  change(data.data);
  const canvas = makeCanvas(source.width, source.height);
  canvas.getContext('2d').putImageData(new ImageData(data.data, source.width, source.height), 0, 0);
  return canvas;
};

/** What the picture has beyond its blurred self, once more. */
const sharpen = (source: Canvas, amount: number, density: number): Canvas => {
  const blurred = drawThrough(source, (context) => {
    context.filter = `blur(${number(1.2 * density)}px)`;
  });
  const soft = blurred.getContext('2d').getImageData(0, 0, source.width, source.height).data;
  const gain = amount * 1.5;
  return mapPixels(source, (pixels) => {
    for (let at = 0; at < pixels.length; at += 4) {
      for (let channel = at; channel < at + 3; channel += 1) {
        const value = pixels[channel] ?? 0;
        pixels[channel] = value + gain * (value - (soft[channel] ?? 0));
      }
    }
  });
};

const vignette = (source: Canvas, amount: number): Canvas => {
  const { width, height } = source;
  const canvas = drawThrough(source, () => undefined);
  const context = canvas.getContext('2d');
  context.globalCompositeOperation = 'source-atop';
  context.setTransform(width / 2, 0, 0, height / 2, width / 2, height / 2);
  const shade = context.createRadialGradient(0, 0, 0.5, 0, 0, Math.SQRT2);
  shade.addColorStop(0, 'rgba(0,0,0,0)');
  shade.addColorStop(1, `rgba(0,0,0,${number(amount)})`);
  context.fillStyle = shade;
  context.fillRect(-1, -1, 2, 2);
  return canvas;
};

const addGrain = (pixels: Uint8ClampedArray, grain: { amount: number; seed: number; frame: number }): void => {
  let state = (Math.imul(grain.seed + 1, 0x9e3779b1) ^ Math.imul(grain.frame + 1, 0x85ebca6b)) >>> 0 || 1;
  const strength = grain.amount * 80;
  for (let at = 0; at < pixels.length; at += 4) {
    // xorshift32
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const noise = ((state >>> 0) / 0xffffffff - 0.5) * strength;
    pixels[at] = (pixels[at] ?? 0) + noise;
    pixels[at + 1] = (pixels[at + 1] ?? 0) + noise;
    pixels[at + 2] = (pixels[at + 2] ?? 0) + noise;
  }
};

const applyCube = (pixels: Uint8ClampedArray, cube: ColorCube, amount: number): void => {
  const { size, values } = cube;
  const step = (size - 1) / 255;
  const at = (r: number, g: number, b: number, channel: number): number => values[((b * size + g) * size + r) * 3 + channel] ?? 0;
  for (let index = 0; index < pixels.length; index += 4) {
    const place = [0, 1, 2].map((channel) => (pixels[index + channel] ?? 0) * step);
    const [r = 0, g = 0, b = 0] = place;
    const [r0, g0, b0] = [Math.floor(r), Math.floor(g), Math.floor(b)];
    const [r1, g1, b1] = [Math.min(size - 1, r0 + 1), Math.min(size - 1, g0 + 1), Math.min(size - 1, b0 + 1)];
    const [fr, fg, fb] = [r - r0, g - g0, b - b0];
    for (let channel = 0; channel < 3; channel += 1) {
      const low = mix(
        mix(at(r0, g0, b0, channel), at(r1, g0, b0, channel), fr),
        mix(at(r0, g1, b0, channel), at(r1, g1, b0, channel), fr),
        fg,
      );
      const high = mix(
        mix(at(r0, g0, b1, channel), at(r1, g0, b1, channel), fr),
        mix(at(r0, g1, b1, channel), at(r1, g1, b1, channel), fr),
        fg,
      );
      pixels[index + channel] = mix(pixels[index + channel] ?? 0, mix(low, high, fb) * 255, amount);
    }
  }
};

const mix = (one: number, other: number, share: number): number => one + (other - one) * share;

/** Reads an Adobe .cube file; undefined for what is none. */
export const parseCube = (text: string): ColorCube | undefined => {
  const size = Number(/^LUT_3D_SIZE\s+(\d+)\s*$/m.exec(text)?.[1] ?? 0);
  if (size < 2 || size > 129) return undefined;
  const values: number[] = [];
  for (const line of text.split(/\r?\n/)) {
    const triple = /^\s*([-\d.eE+]+)\s+([-\d.eE+]+)\s+([-\d.eE+]+)\s*$/.exec(line);
    if (triple !== null) values.push(Number(triple[1]), Number(triple[2]), Number(triple[3]));
  }
  return values.length === size ** 3 * 3 && values.every(Number.isFinite)
    ? { size, values: Float32Array.from(values) }
    : undefined;
};
