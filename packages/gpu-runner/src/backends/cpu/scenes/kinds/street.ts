import { scaleRgb } from '../colours.ts';
import { askedColour, between, type SceneDefinition, vary } from '../scene.ts';

export const street: SceneDefinition = {
  kernel: 11,
  time: 'night',
  drift: { dolly: 1 },
  reach: 0.35,
  pace: 0.4,
  axisPace: { truck: 0.75, orbit: 0.75, pan: 0.9 },
  compose({ wish, time, light, random }) {
    const dark = time === 'night' || time === 'dusk';
    const wet = wish.weather.rain > 0 ? 1 : 0.35;
    const signs = wish.without.has('lights') ? 0.2 : 1;
    return {
      ...light,
      camera: {
        eye: [between(random, -0.5, 0.5), between(random, 0.7, 0.95), 0],
        tilt: between(random, -0.02, 0.16),
        zoom: 1.25,
      },
      zenith: dark ? [0.012, 0.02, 0.045] : light.zenith,
      horizon: dark ? [0.1, 0.12, 0.19] : light.horizon,
      ambient: dark ? [0.1, 0.13, 0.2] : scaleRgb([0.7, 0.75, 0.85], 1.6),
      fogColour: dark ? [0.055, 0.07, 0.115] : light.fogColour,
      fogDensity: 0.028 + 0.03 * wish.weather.fog + 0.014 * wish.weather.rain,
      colourA: vary(random, [0.16, 0.13, 0.12], 0.3),
      colourB: askedColour(wish, 0, vary(random, [0.05, 0.65, 1], 0.2)),
      colourC: askedColour(wish, 1, vary(random, [1, 0.08, 0.42], 0.15)),
      colourD: askedColour(wish, 2, vary(random, [1, 0.5, 0.08], 0.15)),
      exposure: dark ? 1.25 : 0.8,
      bloom: 0.55,
      bloomFrom: 0.6,
      knobs: [between(random, 2, 2.7), wet, dark ? between(random, 0.3, 0.45) : 0.12, signs * (dark ? 1 : 0.5), 1, 0, 0, 0],
    };
  },
};
