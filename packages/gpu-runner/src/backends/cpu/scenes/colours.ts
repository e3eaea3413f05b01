/** A colour in linear light, 1 being white. */
export type Rgb = readonly [number, number, number];

const named = {
  red: [0.75, 0.06, 0.05],
  crimson: [0.6, 0.02, 0.07],
  scarlet: [0.8, 0.08, 0.03],
  orange: [0.9, 0.3, 0.04],
  amber: [0.95, 0.45, 0.05],
  gold: [0.9, 0.55, 0.12],
  yellow: [0.95, 0.75, 0.1],
  lime: [0.5, 0.8, 0.08],
  green: [0.08, 0.5, 0.12],
  emerald: [0.03, 0.5, 0.25],
  olive: [0.25, 0.28, 0.06],
  teal: [0.03, 0.4, 0.42],
  turquoise: [0.08, 0.6, 0.58],
  cyan: [0.06, 0.65, 0.8],
  blue: [0.05, 0.18, 0.75],
  navy: [0.02, 0.05, 0.25],
  azure: [0.1, 0.4, 0.9],
  indigo: [0.12, 0.05, 0.5],
  violet: [0.35, 0.1, 0.75],
  purple: [0.35, 0.06, 0.55],
  magenta: [0.75, 0.05, 0.5],
  pink: [0.9, 0.3, 0.45],
  peach: [0.95, 0.5, 0.32],
  brown: [0.28, 0.14, 0.07],
  copper: [0.6, 0.25, 0.1],
  // What grows has this colour then.
  autumn: [0.8, 0.27, 0.03],
  beige: [0.75, 0.62, 0.45],
  cream: [0.9, 0.82, 0.65],
  ivory: [0.92, 0.88, 0.75],
  silver: [0.55, 0.58, 0.62],
  grey: [0.3, 0.31, 0.33],
  gray: [0.3, 0.31, 0.33],
  white: [0.9, 0.9, 0.92],
  black: [0.015, 0.015, 0.02],
} as const satisfies Record<string, Rgb>;

const table: ReadonlyMap<string, Rgb> = new Map(Object.entries(named));

export const colourOf = (word: string): Rgb | undefined => table.get(word);

/** A uniform's value as a colour; missing parts are black. */
export const triple = (value: number | readonly number[]): Rgb => {
  const [r = 0, g = 0, b = 0] = [value].flat();
  return [r, g, b];
};

export const scaleRgb = (colour: Rgb, factor: number): Rgb => [colour[0] * factor, colour[1] * factor, colour[2] * factor];

export const mixRgb = (a: Rgb, b: Rgb, t: number): Rgb => [
  a[0] + (b[0] - a[0]) * t,
  a[1] + (b[1] - a[1]) * t,
  a[2] + (b[2] - a[2]) * t,
];

export const multiplyRgb = (a: Rgb, b: Rgb): Rgb => [a[0] * b[0], a[1] * b[1], a[2] * b[2]];

export const luminance = ([r, g, b]: Rgb): number => 0.2126 * r + 0.7152 * g + 0.0722 * b;

/** The colour's hue at the luminance of 1, mixed towards white by `1 - strength`: a filter that keeps the brightness. */
export const asTint = (colour: Rgb, strength: number): Rgb => {
  const level = Math.max(luminance(colour), 0.02);
  return mixRgb([1, 1, 1], scaleRgb(colour, 1 / level), strength);
};
