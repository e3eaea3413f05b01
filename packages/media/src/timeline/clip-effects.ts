import type { Animated, ChromaKey, Easing, Layer, LayerFilter, LayerTransition, Side, SourceId } from './scene-graph.ts';
import type { Asset, Clip } from './schema/edit-schema.ts';
import { splitSpeed } from './schema/names.ts';
import { EASE_IN_OUT, LINEAR, readEasing } from './tweens.ts';
import type { SoftReader } from './soft-value.ts';

const transitionSeconds = { plain: 1, slow: 2, fast: 0.5 } as const;
const ZOOM_SECONDS = 0.5;

type TransitionShape = LayerTransition extends infer T
  ? T extends unknown
    ? Omit<T, 'durationSeconds' | 'easing'>
    : never
  : never;

const sides: Readonly<Record<string, Side>> = { Left: 'left', Right: 'right', Up: 'up', Down: 'down' };

/** `base` has no speed any more. */
const transitionShape = (base: string): TransitionShape | null => {
  if (base === 'fade' || base === 'reveal' || base === 'zoom') return { type: base };
  const [, kind, direction = ''] = /^(wipe|slide|carousel)(\w+)$/.exec(base) ?? [];
  const towards = sides[direction];
  if (kind === 'wipe' && (towards === 'left' || towards === 'right')) return { type: 'wipe', towards };
  if ((kind === 'slide' || kind === 'carousel') && towards !== undefined) return { type: kind, towards };
  // shuffleAB: the corner A B, coming from the side A.
  const [, a, b] = /^shuffle(Top|Right|Bottom|Left)(Top|Right|Bottom|Left)$/.exec(base) ?? [];
  if (a === undefined || b === undefined) return null;
  const isTop = a === 'Top' || b === 'Top';
  const isLeft = a === 'Left' || b === 'Left';
  const corner = isTop ? (isLeft ? 'top-left' : 'top-right') : isLeft ? 'bottom-left' : 'bottom-right';
  const from = { Top: 'up', Right: 'right', Bottom: 'down', Left: 'left' } as const;
  return {
    type: 'shuffle',
    corner,
    from: a === 'Top' ? from.Top : a === 'Right' ? from.Right : a === 'Bottom' ? from.Bottom : from.Left,
  };
};

type TransitionSide = string | { name: string; duration?: number | undefined; easing?: string | undefined };

const readSide = (side: TransitionSide | undefined, duration: number | undefined): LayerTransition | null => {
  if (side === undefined) return null;
  const wanted = typeof side === 'string' ? { name: side } : side;
  const { base, speed } = splitSpeed(wanted.name);
  const shape = transitionShape(base);
  if (shape === null) return null;
  const own = 'duration' in wanted ? wanted.duration : undefined;
  const easing = 'easing' in wanted && wanted.easing !== undefined ? readEasing(wanted.easing) : EASE_IN_OUT;
  const durationSeconds = own ?? duration ?? (base === 'zoom' ? ZOOM_SECONDS : transitionSeconds[speed]);
  return { ...shape, durationSeconds, easing };
};

/** Both forms of the language; each side at most the clip's length, half of it when there are two. */
export const readTransition = (clip: Clip, lengthSeconds: number): Layer['transition'] => {
  const { transition, crossfade = 0 } = clip;
  const fade = (duration: number, easing: Easing = EASE_IN_OUT): LayerTransition => ({
    type: 'fade',
    durationSeconds: duration,
    easing,
  });
  const sidesOf = (): { in: LayerTransition | null; out: LayerTransition | null } => {
    if (transition === undefined) return { in: null, out: null };
    if (transition === 'fade') return { in: fade(1), out: fade(1) };
    if ('type' in transition) {
      const duration = transition.duration ?? 1;
      return { in: transition.in === false ? null : fade(duration), out: transition.out === false ? null : fade(duration) };
    }
    return { in: readSide(transition.in, transition.duration), out: readSide(transition.out, transition.duration) };
  };
  const wanted = sidesOf();
  const both = { in: wanted.in ?? (crossfade > 0 ? fade(crossfade, LINEAR) : null), out: wanted.out };
  const most = both.in !== null && both.out !== null ? lengthSeconds / 2 : lengthSeconds;
  const fitted = (side: LayerTransition | null): LayerTransition | null =>
    side === null ? null : { ...side, durationSeconds: Math.min(side.durationSeconds, most) };
  return { in: fitted(both.in), out: fitted(both.out) };
};

const zoomAmount = { plain: 0.3, slow: 0.15, fast: 0.6 } as const;
const slideAmount = { plain: 0.12, slow: 0.06, fast: 0.25 } as const;

export interface EffectMotion {
  /** Multiplies the layer's scale. */
  readonly scale: Animated | null;
  readonly motion: Layer['motion'];
}

/** Effects run over the whole clip. Zooms change the scale; slides move an enlarged picture inside the box, so that no edge shows. */
export const readEffect = (clip: Clip, lengthSeconds: number): EffectMotion => {
  const { effect } = clip;
  if (effect === undefined) return { scale: null, motion: null };
  const wanted = typeof effect === 'string' ? { name: effect } : effect;
  const { base, speed } = splitSpeed(wanted.name);
  const own = 'amount' in wanted ? wanted.amount : undefined;
  const easing = 'easing' in wanted && wanted.easing !== undefined ? readEasing(wanted.easing) : LINEAR;
  const over = (from: number, to: number): Animated => ({
    pieces: [{ fromSeconds: 0, toSeconds: lengthSeconds, from, to, easing }],
  });
  if (base === 'zoomIn' || base === 'zoomOut') {
    const factor = 1 + (own ?? zoomAmount[speed]);
    return { scale: base === 'zoomIn' ? over(1, factor) : over(factor, 1), motion: null };
  }
  const towards = sides[base.replace(/^slide/, '')];
  if (towards === undefined) return { scale: null, motion: null };
  const travel = own ?? slideAmount[speed];
  const sign = towards === 'left' || towards === 'up' ? -1 : 1;
  const moved = over((-sign * travel) / 2, (sign * travel) / 2);
  const isSideways = towards === 'left' || towards === 'right';
  return { scale: null, motion: { scale: 1 + travel, x: isSideways ? moved : 0, y: isSideways ? 0 : moved } };
};

/** Sigma of the blur filter: share of the frame's height. */
const BLUR_SHARE = 0.015;

/**
 * Names become numbers. `amount` multiplies the strength that the bare name has (1); it is the mix for greyscale, negative and sepia,
 * degrees for hue, and the factor itself for saturate and brightness.
 */
export const readFilters = (
  clip: Clip,
  options: { path: string; frameHeight: number; lutSource: (index: number) => SourceId | null },
): LayerFilter[] => {
  const list = typeof clip.filter === 'string' ? [clip.filter] : (clip.filter ?? []);
  return list.flatMap((item, index): LayerFilter[] => {
    const { name, amount } = typeof item === 'string' ? { name: item, amount: undefined } : item;
    const strength = Math.max(0, amount ?? 1);
    const mix = Math.min(1, strength);
    const factor = (full: number): number => Math.max(0, 1 + (full - 1) * strength);
    switch (name) {
      case 'none':
        return [];
      case 'blur':
        return [{ type: 'blur', sigma: options.frameHeight * BLUR_SHARE * strength }];
      case 'boost':
        return [
          { type: 'contrast', factor: factor(1.2) },
          { type: 'saturation', factor: factor(1.4) },
        ];
      case 'contrast':
        return [{ type: 'contrast', factor: factor(1.3) }];
      case 'darken':
        return [{ type: 'brightness', factor: factor(0.6) }];
      case 'lighten':
        return [{ type: 'brightness', factor: factor(1.4) }];
      case 'muted':
        return [
          { type: 'saturation', factor: factor(0.6) },
          { type: 'contrast', factor: factor(0.85) },
        ];
      case 'greyscale':
      case 'negative':
      case 'sepia':
        return [{ type: name, amount: mix }];
      case 'hue':
        return [{ type: 'hue', angle: amount ?? 90 }];
      case 'saturate':
        return [{ type: 'saturation', factor: Math.max(0, amount ?? 1.4) }];
      case 'brightness':
        return [{ type: 'brightness', factor: Math.max(0, amount ?? 1.2) }];
      case 'sharpen':
      case 'vignette':
        return [{ type: name, amount: Math.min(1, Math.max(0, amount ?? 0.5)) }];
      case 'grain':
        return [{ type: 'grain', amount: Math.min(1, Math.max(0, amount ?? 0.2)), seed: seedOf(options.path) }];
      default: {
        const source = name === 'lut' ? options.lutSource(index) : null;
        return source === null ? [] : [{ type: 'lut', source, amount: mix }];
      }
    }
  });
};

/** Another grain for each clip, the same in each render. */
const seedOf = (path: string): number =>
  [...path].reduce((hash, letter) => (hash * 31 + (letter.codePointAt(0) ?? 0)) % 1_000_003, 7);

export const readChromaKey = (asset: Asset, path: string, read: SoftReader): ChromaKey | null => {
  if (asset.type !== 'video' || asset.chromaKey === undefined) return null;
  const { color, threshold = 150, halo = 100, spill = 0.5 } = asset.chromaKey;
  return { color: read.color(color, '#00ff00ff', `${path}.asset.chromaKey.color`), threshold, halo, spill };
};
