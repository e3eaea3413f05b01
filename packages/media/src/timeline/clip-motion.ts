import type { Canvas } from '@polyreel/core';
import { readEffect } from './clip-effects.ts';
import type { Animated, AnimatedPiece, Layer } from './scene-graph.ts';
import type { Clip } from './schema/edit-schema.ts';
import type { Tween } from './schema/common.ts';
import type { SoftReader } from './soft-value.ts';
import { EASE_IN_OUT, LINEAR, mapAnimated, multiplyAnimated, readAnimated } from './tweens.ts';

export type ClipMotion = Pick<Layer, 'offset' | 'scale' | 'rotate' | 'skew' | 'flip' | 'opacity' | 'motion'>;

interface MotionOptions {
  readonly clip: Clip;
  readonly path: string;
  readonly frame: Canvas;
  readonly lengthSeconds: number;
  readonly trackOpacity: number;
  readonly read: SoftReader;
}

type OffsetValue = number | string | readonly Tween[] | undefined;

/** Everything that moves a clip: its own numbers and tweens, the effect, the engine's keyframes and presets. */
export const readMotion = (options: MotionOptions): ClipMotion => {
  const { clip, path, frame, lengthSeconds, read } = options;
  const bounds = { lengthSeconds };
  const tween = (
    value: number | readonly Tween[] | undefined,
    name: string,
    fallback: number,
    least: number,
    most: number,
  ): Animated => readAnimated(value, { ...bounds, path: `${path}.${name}`, fallback, least, most }, read);
  const { scale, transform } = clip;
  const isPair = typeof scale === 'object' && !Array.isArray(scale);
  const scaleX = tween(isPair ? scale.x : scale, isPair ? 'scale.x' : 'scale', 1, 0, 100);
  const scaleY = isPair ? tween(scale.y, 'scale.y', 1, 0, 100) : scaleX;
  const own = clip.asset.type === 'title' ? (clip.offset ?? clip.asset.offset) : clip.offset;
  const offset = (value: OffsetValue, name: string, whole: number): Animated => {
    if (typeof value === 'string') return (name === 'x' ? 1 : -1) * Number.parseFloat(value);
    const share = tween(value, `offset.${name}`, 0, -10, 10);
    // Shares of the frame, y upwards. The sum keeps -0 out of the data.
    return mapAnimated(share, (number) => (name === 'x' ? 1 : -1) * number * whole + 0);
  };
  const effect = readEffect(clip, lengthSeconds);
  const zoomed = (value: Animated): Animated =>
    effect.scale === null ? value : multiplyAnimated(value, effect.scale, lengthSeconds);
  const plain: ClipMotion = {
    offset: { x: offset(own?.x, 'x', frame.width), y: offset(own?.y, 'y', frame.height) },
    scale: { x: zoomed(scaleX), y: zoomed(scaleY) },
    rotate: tween(transform?.rotate?.angle, 'transform.rotate.angle', 0, -360, 360),
    skew: {
      x: tween(transform?.skew?.x, 'transform.skew.x', 0, -100, 100),
      y: tween(transform?.skew?.y, 'transform.skew.y', 0, -100, 100),
    },
    flip: { x: transform?.flip?.horizontal === true ? 1 : 0, y: transform?.flip?.vertical === true ? 1 : 0 },
    opacity: mapAnimated(tween(clip.opacity, 'opacity', 1, 0, 1), (value) => value * options.trackOpacity),
    motion: effect.motion,
  };
  return withPreset(withKeyframes(plain, options), options);
};

type Keyframe = NonNullable<NonNullable<Clip['transform']>['keyframes']>[number];

/** The engine's keyframes: linear; scale and opacity multiply the clip's own, the rest adds. They count from the clip's start. */
const withKeyframes = (plain: ClipMotion, { clip, path, lengthSeconds, read }: MotionOptions): ClipMotion => {
  const frames = [...(clip.transform?.keyframes ?? [])].sort((a, b) => a.time - b.time);
  if (frames.length === 0) return plain;
  const curve = (pick: (frame: Keyframe) => number | undefined): Animated | null => {
    const points = frames.flatMap((frame) => {
      const value = pick(frame);
      return value === undefined ? [] : [{ time: frame.time, value }];
    });
    const [first] = points;
    if (first === undefined) return null;
    const pieces = points.flatMap((point, index): AnimatedPiece[] => {
      const next = points[index + 1];
      if (next === undefined || next.time <= point.time) return [];
      return [{ fromSeconds: point.time, toSeconds: next.time, from: point.value, to: next.value, easing: LINEAR }];
    });
    return pieces.length === 0 ? first.value : { pieces };
  };
  const added = (base: Animated, name: string, change: Animated | null): Animated => {
    if (change === null) return base;
    if (typeof base === 'number') return mapAnimated(change, (value) => value + base);
    read.warn(`${path}.${name}`, 'keyframes_win', 'tweens and keyframes move the same value: the keyframes are taken');
    return change;
  };
  const scaled = (base: Animated, change: Animated | null): Animated =>
    change === null ? base : multiplyAnimated(base, change, lengthSeconds);
  const tangent = (degrees: number | undefined): number | undefined =>
    degrees === undefined ? undefined : Math.tan((degrees * Math.PI) / 180);
  const flag = (value: boolean | undefined): number | undefined => (value === undefined ? undefined : value ? 1 : 0);
  return {
    ...plain,
    offset: {
      x: added(
        plain.offset.x,
        'offset.x',
        curve((frame) => frame.x),
      ),
      y: added(
        plain.offset.y,
        'offset.y',
        curve((frame) => frame.y),
      ),
    },
    scale: {
      x: scaled(
        plain.scale.x,
        curve((frame) => frame.scale),
      ),
      y: scaled(
        plain.scale.y,
        curve((frame) => frame.scale),
      ),
    },
    rotate: added(
      plain.rotate,
      'transform.rotate',
      curve((frame) => frame.rotate),
    ),
    skew: {
      x: added(
        plain.skew.x,
        'transform.skew.x',
        curve((frame) => tangent(frame.skew_x)),
      ),
      y: added(
        plain.skew.y,
        'transform.skew.y',
        curve((frame) => tangent(frame.skew_y)),
      ),
    },
    // A flip that goes from 0 to 1 passes one half midway: there the picture turns over.
    flip: {
      x: switched(
        curve((frame) => flag(frame.flip_x)),
        plain.flip.x,
      ),
      y: switched(
        curve((frame) => flag(frame.flip_y)),
        plain.flip.y,
      ),
    },
    opacity: scaled(
      plain.opacity,
      curve((frame) => frame.opacity),
    ),
  };
};

const switched = (curve: Animated | null, base: Animated): Animated => {
  if (curve === null) return base;
  if (typeof curve === 'number') return curve;
  return {
    pieces: curve.pieces.flatMap((piece): AnimatedPiece[] => {
      const middle = (piece.fromSeconds + piece.toSeconds) / 2;
      return [
        { ...piece, toSeconds: middle, to: piece.to, easing: { type: 'hold' } },
        { ...piece, fromSeconds: middle, from: piece.to, easing: { type: 'hold' } },
      ];
    }),
  };
};

/** Slides of the engine last half a second, or a fifth of the clip when that is shorter. */
const SLIDE_SECONDS = 0.5;
const SLIDE_SHARE = 0.2;

const withPreset = (plain: ClipMotion, { clip, frame, lengthSeconds }: MotionOptions): ClipMotion => {
  const preset = clip.transform?.preset;
  if (preset === undefined) return plain;
  const { zoom_start: from = 1, zoom_end: to = 1.3, pan_distance: pan = 100 } = clip.transform?.preset_config ?? {};
  const over = (start: number, end: number): Animated => ({
    pieces: [{ fromSeconds: 0, toSeconds: lengthSeconds, from: start, to: end, easing: LINEAR }],
  });
  const zoomed = (start: number, end: number): ClipMotion['scale'] => ({
    x: multiplyAnimated(plain.scale.x, over(start, end), lengthSeconds),
    y: multiplyAnimated(plain.scale.y, over(start, end), lengthSeconds),
  });
  const moved = (axis: 'x' | 'y', change: Animated): ClipMotion['offset'] => {
    const base = plain.offset[axis];
    return { ...plain.offset, [axis]: typeof base === 'number' ? mapAnimated(change, (value) => value + base) : change };
  };
  const slide = Math.min(SLIDE_SECONDS, lengthSeconds * SLIDE_SHARE);
  const slid = (side: 'left' | 'right', isIn: boolean): ClipMotion['offset'] => {
    const away = side === 'left' ? -frame.width : frame.width;
    const span = isIn ? { fromSeconds: 0, toSeconds: slide } : { fromSeconds: lengthSeconds - slide, toSeconds: lengthSeconds };
    return moved('x', { pieces: [{ ...span, from: isIn ? away : 0, to: isIn ? 0 : away, easing: EASE_IN_OUT }] });
  };
  switch (preset) {
    case 'pan_left':
      return { ...plain, offset: moved('x', over(0, -pan)) };
    case 'pan_right':
      return { ...plain, offset: moved('x', over(0, pan)) };
    case 'pan_up':
      return { ...plain, offset: moved('y', over(0, -pan)) };
    case 'pan_down':
      return { ...plain, offset: moved('y', over(0, pan)) };
    case 'zoom_in':
      return { ...plain, scale: zoomed(from, to) };
    case 'zoom_out':
      return { ...plain, scale: zoomed(to, from) };
    case 'ken_burns':
      return { ...plain, scale: zoomed(from, to), offset: moved('x', over(0, -pan)) };
    case 'slide_in_left':
    case 'slide_in_right':
      return { ...plain, offset: slid(preset === 'slide_in_left' ? 'left' : 'right', true) };
    case 'slide_out_left':
    case 'slide_out_right':
      return { ...plain, offset: slid(preset === 'slide_out_left' ? 'left' : 'right', false) };
  }
};
