import { mixRgb, scaleRgb } from '../colours.ts';
import { askedColour, between, type SceneDefinition, vary } from '../scene.ts';

export const underwater: SceneDefinition = {
  kernel: 13,
  time: 'day',
  drift: { dolly: 1 },
  reach: 0.22,
  pace: 0.9,
  compose({ wish, time, light, random }) {
    const level = time === 'night' ? 0.18 : time === 'dusk' ? 0.5 : 1;
    const water = askedColour(wish, 0, vary(random, [0.02, 0.26, 0.4], 0.15));
    return {
      ...light,
      camera: { eye: [0, between(random, 0.75, 1.05), 0], tilt: between(random, 0.05, 0.22), zoom: 1.25 },
      colourA: scaleRgb(mixRgb(water, [0, 0.02, 0.06], 0.75), level),
      colourB: scaleRgb(mixRgb(water, [0.05, 0.5, 0.65], 0.45), level),
      colourC: scaleRgb([0.75, 0.98, 0.95], level * 1.1),
      colourD: vary(random, [0.42, 0.36, 0.24], 0.15),
      exposure: 1,
      bloomFrom: 0.8,
      knobs: [between(random, 0.7, 1.2), 1, 1, wish.without.has('bubbles') ? 0 : wish.motifs.has('bubbles') ? 3 : 1, 0, 0, 0, 0],
    };
  },
};
