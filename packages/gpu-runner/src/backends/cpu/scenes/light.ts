import { clamp, cosine, sine } from '../engine/scalar-math.ts';
import type { Uniforms } from '../engine/uniforms.ts';
import { luminance, mixRgb, multiplyRgb, type Rgb, scaleRgb } from './colours.ts';
import type { SceneWish } from './read-prompt.ts';
import type { TimeOfDay } from './words.ts';

interface Hour {
  /** Height of the sun (or, by night, the moon) over the horizon, in radians. */
  readonly sunHeight: number;
  readonly sun: Rgb;
  readonly zenith: Rgb;
  readonly horizon: Rgb;
  readonly ambient: Rgb;
  readonly cloudLit: Rgb;
  readonly cloudShade: Rgb;
  readonly fog: Rgb;
  readonly stars: number;
  readonly exposure: number;
}

const hours: Readonly<Record<TimeOfDay, Hour>> = {
  dawn: {
    sunHeight: 0.12,
    sun: [2.3, 1.25, 0.82],
    zenith: [0.13, 0.2, 0.43],
    horizon: [0.82, 0.5, 0.44],
    ambient: [0.3, 0.3, 0.44],
    cloudLit: [1.15, 0.75, 0.66],
    cloudShade: [0.36, 0.33, 0.46],
    fog: [0.66, 0.5, 0.52],
    stars: 0,
    exposure: 0.95,
  },
  day: {
    sunHeight: 0.62,
    sun: [1.9, 1.72, 1.42],
    zenith: [0.045, 0.16, 0.48],
    horizon: [0.42, 0.58, 0.78],
    ambient: [0.26, 0.36, 0.54],
    cloudLit: [1.1, 1.08, 1.04],
    cloudShade: [0.42, 0.5, 0.62],
    fog: [0.42, 0.55, 0.72],
    stars: 0,
    exposure: 0.9,
  },
  golden: {
    sunHeight: 0.11,
    sun: [2.7, 1.3, 0.5],
    zenith: [0.09, 0.17, 0.4],
    horizon: [0.8, 0.42, 0.22],
    ambient: [0.28, 0.26, 0.36],
    cloudLit: [1.25, 0.68, 0.38],
    cloudShade: [0.3, 0.25, 0.35],
    fog: [0.68, 0.4, 0.27],
    stars: 0,
    exposure: 0.92,
  },
  dusk: {
    sunHeight: 0.03,
    sun: [0.85, 0.34, 0.3],
    zenith: [0.03, 0.06, 0.2],
    horizon: [0.36, 0.22, 0.34],
    ambient: [0.12, 0.14, 0.28],
    cloudLit: [0.5, 0.26, 0.34],
    cloudShade: [0.09, 0.1, 0.2],
    fog: [0.2, 0.16, 0.28],
    stars: 0.35,
    exposure: 1.15,
  },
  night: {
    sunHeight: 0.45,
    sun: [0.26, 0.33, 0.46],
    zenith: [0.006, 0.012, 0.034],
    horizon: [0.028, 0.05, 0.095],
    ambient: [0.035, 0.05, 0.1],
    cloudLit: [0.1, 0.13, 0.2],
    cloudShade: [0.018, 0.024, 0.045],
    fog: [0.03, 0.045, 0.085],
    stars: 1,
    exposure: 1.35,
  },
};

export type Light = Pick<
  Uniforms,
  | 'sunDirection'
  | 'sunColour'
  | 'zenith'
  | 'horizon'
  | 'ambient'
  | 'cloudCover'
  | 'cloudLit'
  | 'cloudShade'
  | 'fogColour'
  | 'fogDensity'
  | 'stars'
  | 'moon'
  | 'rain'
  | 'snow'
  | 'wind'
  | 'exposure'
>;

/** Light, sky and weather of a scene out of doors. `bearing`: of the sun, in radians right of straight ahead. */
export const lightOf = (wish: SceneWish, time: TimeOfDay, bearing: number): Light => {
  const hour = hours[time];
  const { weather } = wish;
  const dull = clamp(Math.max(weather.storm * 0.85, weather.rain * 0.75, weather.snow * 0.5, weather.fog * 0.4), 0, 1);
  const dim = 1 - 0.55 * Math.max(weather.storm, weather.rain * 0.6);
  const overcast = (colour: Rgb): Rgb => {
    const grey = luminance(colour);
    return scaleRgb(mixRgb(colour, multiplyRgb([grey, grey, grey], [0.9, 0.98, 1.12]), dull * 0.75), 1 - (1 - dim) * 0.8);
  };
  const c = cosine(hour.sunHeight);
  const cover = wish.without.has('clouds')
    ? 0
    : Math.max(weather.clouds ?? 0.42, weather.rain * 0.85, weather.snow * 0.75, weather.storm * 0.95);
  const fog = overcast(hour.fog);
  return {
    sunDirection: [c * sine(bearing), sine(hour.sunHeight), c * cosine(bearing)],
    sunColour: scaleRgb(hour.sun, (1 - 0.8 * dull) * (time === 'night' && wish.without.has('moon') ? 0.5 : 1)),
    zenith: mixRgb(overcast(hour.zenith), fog, dull * 0.5),
    horizon: overcast(hour.horizon),
    ambient: scaleRgb(overcast(hour.ambient), 1 + 0.25 * dull),
    cloudCover: cover,
    cloudLit: overcast(hour.cloudLit),
    cloudShade: scaleRgb(overcast(hour.cloudShade), 1 - 0.3 * weather.storm),
    fogColour: fog,
    fogDensity: 0.012 * (1 + 2.6 * weather.fog + 1.2 * weather.rain + 1.5 * weather.snow),
    stars: wish.without.has('stars') ? 0 : hour.stars * (1 - cover * 0.5),
    moon: time === 'night' && !wish.without.has('moon') ? 1 : 0,
    rain: weather.rain,
    snow: weather.snow,
    wind: weather.wind,
    exposure: hour.exposure,
  };
};
