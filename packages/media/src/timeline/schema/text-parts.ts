import { z } from 'zod';
import { color, gradient } from './common.ts';

/** Weight is untyped in Shotstack's schema: a number or its string. */
const weight = z.unknown().optional();
const opacity = z.number().min(0).max(1);

export const richStroke = z.strictObject({
  width: z.number().min(0).default(0),
  color: color.default('#000000'),
  opacity: opacity.default(1),
});
export const richShadow = z.strictObject({
  offsetX: z.number().default(0),
  offsetY: z.number().default(0),
  blur: z.number().min(0).default(0),
  color: color.default('#000000'),
  opacity: opacity.default(0.5),
});
export const richBackground = z.strictObject({
  color: color.optional(),
  opacity: opacity.default(1),
  borderRadius: z.number().min(0).default(0),
  wrap: z.boolean().default(false),
  padding: z.number().min(0).max(200).optional(),
});
export const richBorder = z.strictObject({
  width: z.number().min(0).default(0),
  color: color.default('#000000'),
  opacity: opacity.default(1),
  radius: z.number().min(0).default(0),
});
const side = z.number().min(0).default(0);
export const padding = z.union([z.number().min(0), z.strictObject({ top: side, right: side, bottom: side, left: side })], {
  error: 'expected a number or {top, right, bottom, left}',
});
export const richFont = z.strictObject({
  family: z.string().optional(),
  size: z.number().min(1).max(500).default(24),
  weight,
  style: z.enum(['normal', 'italic']).default('normal'),
  color: color.optional(),
  opacity: opacity.default(1),
  background: color.optional(),
  stroke: richStroke.optional(),
});
export const textDecoration = z.enum(['none', 'underline', 'line-through']);
export const richStyle = z.strictObject({
  letterSpacing: z.number().default(0),
  wordSpacing: z.number().min(0).default(0),
  lineHeight: z.number().min(0).max(10).default(1.2),
  textTransform: z.enum(['none', 'uppercase', 'lowercase', 'capitalize']).default('none'),
  textDecoration: textDecoration.default('none'),
  gradient: gradient.optional(),
  /** In captions Shotstack allows the size here too. */
  size: z.number().min(1).max(500).optional(),
});
/** `center` is a usual slip for `middle`; it is taken, with a warning. */
export const richAlign = z.strictObject({
  horizontal: z.enum(['left', 'center', 'right']).default('center'),
  vertical: z.enum(['top', 'middle', 'bottom', 'center']).default('middle'),
});
export const richDirection = z.enum(['left', 'right', 'up', 'down']);
const animation = z.strictObject({
  preset: z.enum(['fadeIn', 'slideIn', 'typewriter', 'ascend', 'shift', 'movingLetters']),
  duration: z.number().min(0.1).max(30).optional(),
  style: z.enum(['character', 'word']).optional(),
  direction: richDirection.optional(),
});
export const richAnimation = animation.extend({ out: animation.optional() });
export const fitText = z.strictObject({
  min: z.number().min(1).max(2000).default(8),
  max: z.number().min(1).max(2000).default(500),
});
export const activeFont = z.strictObject({
  family: z.string().optional(),
  weight,
  color: color.optional(),
  background: color.optional(),
  opacity: opacity.default(1),
  size: z.number().min(1).max(500).optional(),
  style: z.enum(['normal', 'italic']).optional(),
  textDecoration: textDecoration.optional(),
});
