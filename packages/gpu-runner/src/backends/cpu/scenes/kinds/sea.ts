import { mixRgb, scaleRgb } from '../colours.ts';
import { askedColour, between, type SceneDefinition, vary } from '../scene.ts';

export const sea: SceneDefinition = {
  kernel: 0,
  time: 'golden',
  drift: { dolly: 1 },
  reach: 0.5,
  pace: 0.62,
  axisPace: { tilt: 0.56, pedestal: 0.8, dolly: 0.62, truck: 0.9, orbit: 0.9 },
  compose({ wish, light, random }) {
    const calm = wish.without.has('waves') ? 0.25 : 1;
    const swell = (between(random, 0.2, 0.3) + 0.2 * wish.weather.storm + (wish.motifs.has('waves') ? 0.08 : 0)) * calm;
    const level = 0.35 + 0.65 * Math.min(1, light.exposure === 1.35 ? 0.3 : 1);
    const deep = askedColour(wish, 0, vary(random, [0.012, 0.045, 0.07], 0.3));
    return {
      ...light,
      camera: { eye: [0, between(random, 1.3, 1.9) + swell * 0.6, 0], tilt: between(random, -0.16, 0.02), zoom: 1.4 },
      colourA: scaleRgb(deep, level * (wish.colours.length > 0 ? 0.3 : 1)),
      colourB: scaleRgb(mixRgb(deep, [0.06, 0.24, 0.24], 0.7), level),
      colourC: scaleRgb(mixRgb([0.85, 0.88, 0.92], [0.75, 0.6, 0.5], 0.2), level * 0.8),
      knobs: [swell, 0.45 + 0.4 * wish.weather.storm, 0, 0, 0, 0, 0, 0],
    };
  },
};
