/**
 * Names of the parameters of each kernel program, in the order of its enum in C (a test holds the lists equal).
 * Units: canvas pixels, radians, ratios, colours 0..255.
 */
export const LIFE_SLOTS = [
  ...(['NOISE_SEED', 'GRAIN', 'TIME', 'LIFE_SEED', 'LIGHT', 'WIND', 'RAIN', 'SNOW', 'SPARKS'] as const),
  ...(['FOG', 'FOG_R', 'FOG_G', 'FOG_B'] as const),
] as const;

export const TALK_SLOTS = [
  ...LIFE_SLOTS,
  ...(['HEAD_X', 'HEAD_Y', 'HEAD_RX', 'HEAD_RY', 'PIVOT_X', 'PIVOT_Y', 'MOVE_X', 'MOVE_Y', 'TURN', 'GROW'] as const),
  ...(['MOUTH_X', 'MOUTH_Y', 'AXIS_X', 'AXIS_Y', 'HALF_WIDTH', 'CURVE_0', 'CURVE_1', 'CURVE_2', 'CURVE_3'] as const),
  ...(['LIP_BELOW', 'LIP_ABOVE', 'CHIN', 'CHIN_END', 'JAW_HALF', 'NOSE'] as const),
  ...(['OPEN', 'RAISE', 'ROUND', 'TEETH', 'OPEN_MAX'] as const),
  ...(['DARK_R', 'DARK_G', 'DARK_B', 'TONGUE_R', 'TONGUE_G', 'TONGUE_B', 'TOOTH_R', 'TOOTH_G', 'TOOTH_B'] as const),
] as const;

export const PARALLAX_SLOTS = [
  ...LIFE_SLOTS,
  ...(['CENTRE_X', 'CENTRE_Y', 'XX', 'XY', 'YX', 'YY', 'SHIFT_X', 'SHIFT_Y', 'DOLLY', 'PIVOT', 'SWAY', 'BACK_SWAY'] as const),
] as const;

export const MORPH_SLOTS = [...LIFE_SLOTS, 'RATIO', 'MIX', 'ZOOM_FIRST', 'ZOOM_LAST', 'KINSHIP'] as const;

export type ParamValues<Name extends string> = Readonly<Partial<Record<Name, number>>>;

/** Writes named values into a parameter block; what is not named stays. */
export const setParams = <Name extends string>(
  slots: readonly Name[],
  block: Float32Array,
  values: ParamValues<Name>,
): Float32Array => {
  slots.forEach((name, index) => {
    const value = values[name];
    if (value !== undefined) block[index] = value;
  });
  return block;
};
