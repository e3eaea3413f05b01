import { z } from 'zod';

/**
 * Words shared by the schemas of the edit language. A value that Shotstack's own schema lets through is never refused here: free strings
 * such as colours, and numbers without bounds, are read softly by the normaliser, with a warning.
 */

export const positions = [
  'top',
  'topRight',
  'right',
  'bottomRight',
  'bottom',
  'bottomLeft',
  'left',
  'topLeft',
  'center',
] as const;
export type Position = (typeof positions)[number];

/** `top_right` and `top-right` mean `topRight`. */
const camelCase = (word: unknown): unknown =>
  typeof word === 'string' ? word.replace(/[-_]([a-z])/g, (_, letter: string) => letter.toUpperCase()) : word;
export const position = z.preprocess(camelCase, z.enum(positions));

export const easingNames = [
  ...['ease', 'easeIn', 'easeOut', 'easeInOut'],
  ...['Quad', 'Cubic', 'Quart', 'Quint', 'Sine', 'Expo', 'Circ', 'Back'].flatMap((curve) =>
    ['easeIn', 'easeOut', 'easeInOut'].map((side) => side + curve),
  ),
];
const number = String.raw`\s*-?(?:\d+\.?\d*|\.\d+)\s*`;
export const cubicBezierPattern = new RegExp(`^cubic-bezier\\((${number}),(${number}),(${number}),(${number})\\)$`);
export const easing = z
  .string()
  .refine((name) => easingNames.includes(name) || ['linear', 'spring'].includes(name) || cubicBezierPattern.test(name), {
    error: 'expected the name of an easing, such as easeInOutQuad, cubic-bezier(a,b,c,d) or spring',
  });

/** `from` and `to` have no type in Shotstack's schema. */
export const tween = z.strictObject({
  from: z.unknown().optional(),
  to: z.unknown().optional(),
  start: z.number().optional(),
  length: z.number().optional(),
  interpolation: z.enum(['linear', 'bezier', 'constant']).optional(),
  easing: easing.optional(),
});
export type Tween = z.infer<typeof tween>;

/** A number, or tweens. The bounds hold for the plain number. */
export const animatable = (plain: z.ZodType<number> = z.number()) =>
  z.union([plain, z.array(tween)], { error: 'expected a number or a list of tweens' });

/** A share of the frame, or pixels as `"40px"`. */
const isOffset = { error: 'expected a number from -10 to 10, pixels such as "40px", or a list of tweens' };
export const offsetValue = z.union(
  [z.number().min(-10).max(10), z.string().regex(/^-?\d+(\.\d+)?px$/, isOffset), z.array(tween)],
  isOffset,
);
export const offset = z.strictObject({ x: offsetValue.optional(), y: offsetValue.optional() });

export const color = z.string();

/** Shotstack's schema lets a blank through here; fetching it fails by name. */
export const looseAddress = z.string().min(1).max(10_000_000);

/** http(s), data:, asset://, render://: judged by `checkAddress`. */
export const address = z
  .string()
  .min(1)
  .max(10_000_000)
  .refine((text) => /\S/.test(text), { error: 'must not be blank' });

/** Sent when the source is fetched; stored encrypted by the caller of this package, never echoed. */
export const headers = z.record(z.string().min(1).max(200), z.string().max(8000));

export const gradientStops = z.array(z.strictObject({ offset: z.number().min(0).max(1), color })).min(2);
export const gradient = z.strictObject({
  type: z.enum(['linear', 'radial']).default('linear'),
  angle: z.number().min(0).max(360).default(0),
  stops: gradientStops,
});

export const crop = z.strictObject({
  top: z.number().min(0).max(1).optional(),
  bottom: z.number().min(0).max(1).optional(),
  left: z.number().min(0).max(1).optional(),
  right: z.number().min(0).max(1).optional(),
});

export const focus = z.union([z.literal('auto'), z.strictObject({ x: z.number().min(0).max(1), y: z.number().min(0).max(1) })], {
  error: 'expected "auto" or {x, y} from 0 to 1',
});

export const fadeEffect = z.enum(['none', 'fadeIn', 'fadeOut', 'fadeInFadeOut']);

/** True, or how much: `amount` is the share by which this sound is turned down while other sound is heard. */
export const duck = z.union(
  [
    z.boolean(),
    z.strictObject({
      amount: z.number().min(0).max(1).default(0.8),
      attack: z.number().min(0.001).max(2).default(0.02),
      release: z.number().min(0.001).max(9).default(0.25),
    }),
  ],
  { error: 'expected true or {amount, attack, release}' },
);
export type Duck = z.infer<typeof duck>;
