/**
 * What a frame is drawn from: a flat list of 32-bit floats, by name and length. The kernels read the same list from
 * `kernels/uniforms.h`, which is made from this one (a test holds them equal).
 */
export const uniformLayout = [
  // Frame. `unit` is the number of pixels of one picture unit; the seed gives three offsets into the noise.
  ['width', 1],
  ['height', 1],
  ['unit', 1],
  ['time', 1],
  ['detail', 1],
  ['seed', 3],
  // Camera: position, heading (cosine, sine, angle), vertical shift of the picture plane,
  // focal length in units, roll (slope of the horizon).
  ['eye', 3],
  ['heading', 3],
  ['tilt', 1],
  ['zoom', 1],
  ['roll', 1],
  // Light and sky.
  ['sunDirection', 3],
  ['sunColour', 3],
  ['zenith', 3],
  ['horizon', 3],
  ['ambient', 3],
  ['cloudCover', 1],
  ['cloudLit', 3],
  ['cloudShade', 3],
  ['fogColour', 3],
  ['fogDensity', 1],
  ['stars', 1],
  ['moon', 1],
  // Weather, 0..1 each.
  ['rain', 1],
  ['snow', 1],
  ['wind', 1],
  // Four colours and eight numbers whose meaning is the scene's.
  ['colourA', 3],
  ['colourB', 3],
  ['colourC', 3],
  ['colourD', 3],
  ['knobs', 8],
  // Grading.
  ['exposure', 1],
  ['contrast', 1],
  ['saturation', 1],
  ['tint', 3],
  ['vignette', 1],
  ['bloom', 1],
  ['bloomFrom', 1],
  // Film grain: its spread in steps of 8-bit luma.
  ['grain', 1],
] as const satisfies readonly (readonly [string, number])[];

export type UniformName = (typeof uniformLayout)[number][0];
/** A value for every uniform; a list where the layout says more than one float. */
export type Uniforms = Record<UniformName, number | readonly number[]>;

export const UNIFORM_COUNT = uniformLayout.reduce((sum, [, length]) => sum + length, 0);

/** Flattens in layout order. Throws when a value's length is not the layout's. */
export const packUniforms = (uniforms: Uniforms): Float32Array => {
  const packed = new Float32Array(UNIFORM_COUNT);
  let at = 0;
  for (const [name, length] of uniformLayout) {
    const value = uniforms[name];
    const list = typeof value === 'number' ? [value] : value;
    if (list.length !== length) throw new RangeError(`uniform ${name} has ${list.length} values, expected ${length}`);
    packed.set(list, at);
    at += length;
  }
  return packed;
};

/** The C header of the same layout. */
export const renderUniformsHeader = (): string => {
  let at = 0;
  const lines = uniformLayout.map(([name, length]) => {
    const macro = `U_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
    const line = length === 1 ? `#define ${macro} (uniforms[${at}])` : `#define ${macro} (uniforms + ${at})`;
    at += length;
    return line;
  });
  return [
    '// Made from uniforms.ts: do not edit.',
    '#pragma once',
    `#define UNIFORM_COUNT ${UNIFORM_COUNT}`,
    'static float uniforms[UNIFORM_COUNT];',
    ...lines,
    '',
  ].join('\n');
};
