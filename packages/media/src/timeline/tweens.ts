import type { Animated, AnimatedPiece, Easing } from './scene-graph.ts';
import { cubicBezierPattern, type Tween } from './schema/common.ts';
import type { SoftReader } from './soft-value.ts';

const bezier = (x1: number, y1: number, x2: number, y2: number): Easing => ({ type: 'bezier', x1, y1, x2, y2 });

/** CSS' own five, and the usual cubic fits of the curves named after Penner. */
const beziers: Readonly<Record<string, Easing>> = {
  ease: bezier(0.25, 0.1, 0.25, 1),
  easeIn: bezier(0.42, 0, 1, 1),
  easeOut: bezier(0, 0, 0.58, 1),
  easeInOut: bezier(0.42, 0, 0.58, 1),
  easeInSine: bezier(0.12, 0, 0.39, 0),
  easeOutSine: bezier(0.61, 1, 0.88, 1),
  easeInOutSine: bezier(0.37, 0, 0.63, 1),
  easeInQuad: bezier(0.11, 0, 0.5, 0),
  easeOutQuad: bezier(0.5, 1, 0.89, 1),
  easeInOutQuad: bezier(0.45, 0, 0.55, 1),
  easeInCubic: bezier(0.32, 0, 0.67, 0),
  easeOutCubic: bezier(0.33, 1, 0.68, 1),
  easeInOutCubic: bezier(0.65, 0, 0.35, 1),
  easeInQuart: bezier(0.5, 0, 0.75, 0),
  easeOutQuart: bezier(0.25, 1, 0.5, 1),
  easeInOutQuart: bezier(0.76, 0, 0.24, 1),
  easeInQuint: bezier(0.64, 0, 0.78, 0),
  easeOutQuint: bezier(0.22, 1, 0.36, 1),
  easeInOutQuint: bezier(0.83, 0, 0.17, 1),
  easeInExpo: bezier(0.7, 0, 0.84, 0),
  easeOutExpo: bezier(0.16, 1, 0.3, 1),
  easeInOutExpo: bezier(0.87, 0, 0.13, 1),
  easeInCirc: bezier(0.55, 0, 1, 0.45),
  easeOutCirc: bezier(0, 0.55, 0.45, 1),
  easeInOutCirc: bezier(0.85, 0, 0.15, 1),
  easeInBack: bezier(0.36, 0, 0.66, -0.56),
  easeOutBack: bezier(0.34, 1.56, 0.64, 1),
  easeInOutBack: bezier(0.68, -0.6, 0.32, 1.6),
};

export const LINEAR: Easing = { type: 'linear' };
export const EASE_IN_OUT: Easing = bezier(0.42, 0, 0.58, 1);

/** The schema has checked the name. */
export const readEasing = (name: string): Easing => {
  if (name === 'linear') return LINEAR;
  if (name === 'spring') return { type: 'spring' };
  const custom = cubicBezierPattern.exec(name);
  if (custom === null) return beziers[name] ?? LINEAR;
  const [x1 = 0, y1 = 0, x2 = 1, y2 = 1] = custom.slice(1).map(Number);
  // CSS holds time within 0..1: otherwise the curve would not be a function of it.
  return bezier(Math.max(0, Math.min(1, x1)), y1, Math.max(0, Math.min(1, x2)), y2);
};

/** `easing` alone implies bezier; bezier alone is `ease`. */
const easingOf = (tween: Tween): Easing => {
  if (tween.interpolation === 'constant') return { type: 'hold' };
  if (tween.interpolation === 'linear') return LINEAR;
  if (tween.easing !== undefined) return readEasing(tween.easing);
  return tween.interpolation === 'bezier' ? readEasing('ease') : LINEAR;
};

export interface AnimatedOptions {
  readonly path: string;
  readonly fallback: number;
  readonly least: number;
  readonly most: number;
  /** What a tween lasts without a length. */
  readonly lengthSeconds: number;
}

/** A number or tweens, bounded; a missing `from` is what was before. Overlaps were refused before. */
export const readAnimated = (
  value: number | readonly Tween[] | undefined,
  options: AnimatedOptions,
  read: SoftReader,
): Animated => {
  const { path, fallback, least, most } = options;
  if (!Array.isArray(value)) return read.number(value, options, path);
  const sorted = value
    .map((tween: Tween, index) => ({ tween, index }))
    .sort((a, b) => (a.tween.start ?? 0) - (b.tween.start ?? 0));
  const pieces: AnimatedPiece[] = [];
  let previous = fallback;
  for (const { tween, index } of sorted) {
    const at = `${path}[${index}]`;
    const from = read.number(tween.from, { fallback: previous, least, most }, `${at}.from`);
    const to = read.number(tween.to, { fallback: from, least, most }, `${at}.to`);
    const fromSeconds = read.number(tween.start, { fallback: 0, least: 0, most: 1e6 }, `${at}.start`);
    const rest = Math.max(0, options.lengthSeconds - fromSeconds);
    const length = read.number(tween.length, { fallback: rest, least: 0, most: 1e6 }, `${at}.length`);
    previous = to;
    // A jump: no time passes, so the value just changes there.
    const toSeconds = fromSeconds + Math.max(length, 1e-6);
    const before = pieces.at(-1)?.toSeconds ?? 0;
    const start = Math.max(before, fromSeconds);
    pieces.push({ fromSeconds: start, toSeconds: Math.max(toSeconds, start + 1e-6), from, to, easing: easingOf(tween) });
  }
  return pieces.length === 0 ? fallback : { pieces };
};

/** Applies a linear change to all values: units, signs, a constant factor. */
export const mapAnimated = (value: Animated, map: (number: number) => number): Animated =>
  typeof value === 'number'
    ? map(value)
    : { pieces: value.pieces.map((piece) => ({ ...piece, from: map(piece.from), to: map(piece.to) })) };

const solveBezier = (easing: Extract<Easing, { type: 'bezier' }>, x: number): number => {
  const at = (a: number, b: number, u: number): number => 3 * a * u * (1 - u) ** 2 + 3 * b * u * u * (1 - u) + u ** 3;
  let [low, high] = [0, 1];
  for (let step = 0; step < 40; step += 1) {
    const middle = (low + high) / 2;
    if (at(easing.x1, easing.x2, middle) < x) low = middle;
    else high = middle;
  }
  return at(easing.y1, easing.y2, (low + high) / 2);
};

/** Eased progress at u in 0..1. */
export const easeAt = (easing: Easing, u: number): number => {
  switch (easing.type) {
    case 'linear':
      return u;
    case 'hold':
      return u >= 1 ? 1 : 0;
    case 'spring':
      return u >= 1 ? 1 : 1 - Math.exp(-6 * u) * Math.cos(4 * Math.PI * u);
    case 'bezier':
      return u <= 0 ? 0 : u >= 1 ? 1 : solveBezier(easing, u);
  }
};

export const animatedAt = (value: Animated, seconds: number): number => {
  if (typeof value === 'number') return value;
  let last = value.pieces[0]?.from ?? 0;
  for (const piece of value.pieces) {
    if (seconds < piece.fromSeconds) return last;
    if (seconds < piece.toSeconds) {
      const u = (seconds - piece.fromSeconds) / (piece.toSeconds - piece.fromSeconds);
      return piece.from + (piece.to - piece.from) * easeAt(piece.easing, u);
    }
    last = piece.to;
  }
  return last;
};

const SAMPLE_SECONDS = 0.04;

/** The product of two. Where both move it is sampled every 40 ms, with straight lines between: the eye sees no corner there. */
export const multiplyAnimated = (a: Animated, b: Animated, lengthSeconds: number): Animated => {
  if (typeof a === 'number') return mapAnimated(b, (value) => value * a);
  if (typeof b === 'number') return mapAnimated(a, (value) => value * b);
  const steps = Math.min(20_000, Math.max(1, Math.ceil(lengthSeconds / SAMPLE_SECONDS)));
  const at = (step: number): number => (lengthSeconds * step) / steps;
  const value = (step: number): number => animatedAt(a, at(step)) * animatedAt(b, at(step));
  return {
    pieces: Array.from({ length: steps }, (_, step) => ({
      ...{ fromSeconds: at(step), toSeconds: at(step + 1), from: value(step), to: value(step + 1) },
      easing: LINEAR,
    })),
  };
};
