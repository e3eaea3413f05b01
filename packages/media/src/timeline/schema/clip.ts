import { z } from 'zod';
import { assetSchema, maskSchema } from './assets.ts';
import { address, animatable, color, duck, easing, gradient, headers, offset, position } from './common.ts';
import { effectNames, transitionNames } from './names.ts';

const aliasPattern = /^[A-Za-z0-9_-]+$/;
const isAlias = { error: 'expected letters, digits, _ and -' };
const oneOfNames = (names: readonly string[], what: string) =>
  z.string().refine((name) => names.includes(name), { error: `expected the name of ${what}` });

const isStart = { error: 'expected seconds from 0, "auto" or "alias://name"' };
const start = z.union([z.number().min(0), z.string().regex(/^(auto|alias:\/\/[A-Za-z0-9_-]+)$/, isStart)], isStart);
const isLength = { error: 'expected seconds from 0, "auto", "end" or "alias://name"' };
const length = z.union([z.number().min(0), z.string().regex(/^(auto|end|alias:\/\/[A-Za-z0-9_-]+)$/, isLength)], isLength);
const side = (most: number) => {
  const isSide = { error: `expected pixels from 1 to ${most} or a share such as "50%"` };
  return z.union([z.number().min(1).max(most), z.string().regex(/^\d+(\.\d+)?%$/, isSide)], isSide);
};

/** The engine's own form of a keyframe; pixels, y downwards, degrees. */
export const nativeKeyframe = z.strictObject({
  time: z.number().min(0),
  scale: z.number().min(0).max(100).optional(),
  rotate: z.number().optional(),
  x: z.number().optional(),
  y: z.number().optional(),
  opacity: z.number().min(0).max(1).optional(),
  skew_x: z.number().min(-89).max(89).optional(),
  skew_y: z.number().min(-89).max(89).optional(),
  flip_x: z.boolean().optional(),
  flip_y: z.boolean().optional(),
});
export const nativePresets = [
  ...(['pan_left', 'pan_right', 'pan_up', 'pan_down', 'zoom_in', 'zoom_out', 'ken_burns'] as const),
  ...(['slide_in_left', 'slide_in_right', 'slide_out_left', 'slide_out_right'] as const),
] as const;

const transform = z.strictObject({
  rotate: z.strictObject({ angle: animatable(z.number().min(-360).max(360)).optional() }).optional(),
  skew: z
    .strictObject({
      x: animatable(z.number().min(-100).max(100)).optional(),
      y: animatable(z.number().min(-100).max(100)).optional(),
    })
    .optional(),
  flip: z.strictObject({ horizontal: z.boolean().optional(), vertical: z.boolean().optional() }).optional(),
  keyframes: z.array(nativeKeyframe).max(1000).optional(),
  preset: z.enum(nativePresets).optional(),
  preset_config: z
    .strictObject({
      zoom_start: z.number().min(0.01).max(100).optional(),
      zoom_end: z.number().min(0.01).max(100).optional(),
      pan_distance: z.number().optional(),
    })
    .optional(),
});

const transitionSide = z.union(
  [
    oneOfNames(transitionNames, 'a transition'),
    z.strictObject({
      name: oneOfNames(transitionNames, 'a transition'),
      duration: z.number().positive().max(3600).optional(),
      easing: easing.optional(),
    }),
  ],
  { error: 'expected the name of a transition or {name, duration, easing}' },
);
/** Shotstack's form, or the engine's: `"fade"`, or `{type, in, out, duration}` with booleans. */
export const transition = z.union(
  [
    z.strictObject({
      in: transitionSide.optional(),
      out: transitionSide.optional(),
      /** The engine's: for both sides, where a side gives none of its own. */
      duration: z.number().positive().max(3600).optional(),
    }),
    z.literal('fade'),
    z.strictObject({
      type: z.literal('fade'),
      in: z.boolean().optional(),
      out: z.boolean().optional(),
      duration: z.number().positive().max(3600).optional(),
    }),
  ],
  { error: 'expected {in, out}' },
);

const effect = z.union(
  [
    oneOfNames(effectNames, 'an effect'),
    z.strictObject({
      name: oneOfNames(effectNames, 'an effect'),
      amount: z.number().min(0).max(10).optional(),
      easing: easing.optional(),
    }),
  ],
  { error: 'expected the name of an effect or {name, amount, easing}' },
);

export const filterNames = [
  ...(['none', 'blur', 'boost', 'contrast', 'darken', 'greyscale', 'lighten', 'muted', 'negative'] as const),
  ...(['sepia', 'hue', 'saturate', 'brightness', 'sharpen', 'vignette', 'grain', 'lut'] as const),
] as const;
const filterName = z.enum(filterNames);
const filter = z.union(
  [
    filterName,
    z
      .array(
        z.union([
          filterName,
          z.strictObject({
            name: filterName,
            amount: z.number().min(-360).max(360).optional(),
            src: address.optional(),
            headers: headers.optional(),
          }),
        ]),
      )
      .max(20),
  ],
  { error: 'expected the name of a filter or a list of {name, amount}' },
);

/** The engine's caption of a clip: text paged over its length. */
export const nativeCaption = z.strictObject({
  text: z.string().max(20_000),
  lang: z.string().max(40).optional(),
  font: z
    .strictObject({
      src: address.optional(),
      headers: headers.optional(),
      size_px: z.number().min(1).max(500).optional(),
    })
    .optional(),
  layout: z
    .strictObject({
      max_width: z
        .union([
          z.number().positive(),
          z.string().regex(/^\d+(\.\d+)?%$/),
          z.strictObject({ chars: z.number().min(1).max(1000) }),
          z.strictObject({ px: z.number().min(1).max(8192) }),
        ])
        .optional(),
      max_lines: z.int().min(1).max(20).optional(),
      line_height_mult: z.number().min(0.1).max(10).optional(),
      align: z.enum(['left', 'center', 'right']).optional(),
    })
    .optional(),
  placement: z
    .strictObject({
      /** `bottom_center` is `bottom`, `center_left` is `left`. */
      anchor: z
        .preprocess((word) => (typeof word === 'string' ? word.replace(/_center$|^center_/, '') : word), position)
        .optional(),
      margin_px: z
        .union([z.strictObject({ x: z.number().optional(), y: z.number().optional() }), z.tuple([z.number(), z.number()])])
        .optional(),
    })
    .optional(),
  style: z
    .strictObject({ color: color.optional(), bg_color: color.optional(), padding_px: z.number().min(0).max(500).optional() })
    .optional(),
  timing: z
    .strictObject({
      mode: z.enum(['even', 'wpm']).optional(),
      wpm: z.number().min(10).max(1000).optional(),
      min_page_duration: z.number().min(0.1).max(60).optional(),
    })
    .optional(),
});
export type NativeCaption = z.infer<typeof nativeCaption>;

export const blendModes = [
  ...(['normal', 'multiply', 'screen', 'overlay', 'darken', 'lighten', 'color-dodge', 'color-burn'] as const),
  ...(['hard-light', 'soft-light', 'difference', 'exclusion', 'hue', 'saturation', 'color', 'luminosity'] as const),
  'plus-lighter',
] as const;

const scaleValue = animatable(z.number());
export const clipSchema = z.strictObject({
  id: z.string().max(200).optional(),
  asset: assetSchema,
  start: start.default('auto'),
  length: length.default('auto'),
  fit: z.enum(['crop', 'cover', 'contain', 'none', 'contain-blur', 'fill']).optional(),
  scale: z.union([scaleValue, z.strictObject({ x: scaleValue.optional(), y: scaleValue.optional() })]).optional(),
  width: side(8192).optional(),
  height: side(8192).optional(),
  position: position.optional(),
  offset: offset.optional(),
  opacity: animatable().optional(),
  filter: filter.optional(),
  effect: effect.optional(),
  transition: transition.optional(),
  transform: transform.optional(),
  alias: z.string().regex(aliasPattern, isAlias).optional(),
  blendMode: z.enum(blendModes).optional(),
  borderRadius: z.number().min(0).max(10_000).optional(),
  border: z.strictObject({ width: z.number().min(0).max(1000), color: color.optional() }).optional(),
  shadow: z
    .strictObject({
      offsetX: z.number().optional(),
      offsetY: z.number().optional(),
      blur: z.number().min(0).max(500).optional(),
      color: color.optional(),
      opacity: z.number().min(0).max(1).optional(),
    })
    .optional(),
  mask: maskSchema.optional(),
  hidden: z.boolean().optional(),
  condition: z.boolean().optional(),
  crossfade: z.number().min(0).max(60).optional(),
  volume: animatable(z.number().min(0).max(2)).optional(),
  caption: nativeCaption.optional(),
});
export type Clip = z.infer<typeof clipSchema>;
export type Transition = z.infer<typeof transition>;

export const trackSchema = z.strictObject({
  clips: z.array(clipSchema),
  name: z.string().max(200).optional(),
  hidden: z.boolean().optional(),
  muted: z.boolean().optional(),
  volume: z.number().min(0).max(2).optional(),
  opacity: z.number().min(0).max(1).optional(),
  duck: duck.optional(),
});
export type Track = z.infer<typeof trackSchema>;

const background = z.union(
  [
    color,
    z.strictObject({ src: address, headers: headers.optional() }),
    z.strictObject({
      type: z.enum(['linear', 'radial']),
      angle: z.number().min(0).max(360).optional(),
      stops: gradient.shape.stops,
    }),
  ],
  { error: 'expected a colour, {type, angle, stops} or {src}' },
);
export const timelineSchema = z.strictObject({
  tracks: z.array(trackSchema),
  background: background.optional(),
  soundtrack: z
    .strictObject({
      src: address,
      headers: headers.optional(),
      effect: z.enum(['none', 'fadeIn', 'fadeOut', 'fadeInFadeOut']).optional(),
      volume: z.number().optional(),
      loop: z.boolean().optional(),
      trim: z.number().min(0).optional(),
      duck: duck.optional(),
    })
    .optional(),
  fonts: z
    .array(
      z.strictObject({
        src: z.string().max(8000),
        headers: headers.optional(),
        family: z.string().max(200).optional(),
        weight: z.number().min(1).max(1000).optional(),
        style: z.enum(['normal', 'italic']).optional(),
      }),
    )
    .max(100)
    .optional(),
  cache: z.boolean().optional(),
  duration: z.number().positive().optional(),
});
export type Timeline = z.infer<typeof timelineSchema>;
