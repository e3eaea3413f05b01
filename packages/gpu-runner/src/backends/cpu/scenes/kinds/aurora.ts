import { mixRgb, scaleRgb } from '../colours.ts';
import { askedColour, between, type SceneDefinition, vary } from '../scene.ts';

export const aurora: SceneDefinition = {
  kernel: 8,
  time: 'night',
  drift: { truck: 1 },
  reach: 0.2,
  pace: 1,
  compose({ wish, light, random }) {
    const first = askedColour(wish, 0, vary(random, [0.08, 0.9, 0.38], 0.25));
    const second = askedColour(wish, 1, mixRgb(first, [0.1, 0.5, 0.75], between(random, 0.3, 0.8)));
    return {
      ...light,
      camera: { eye: [0, 1, 0], tilt: between(random, 0.3, 0.42), zoom: 1.2 },
      sunColour: scaleRgb([0.26, 0.33, 0.46], 0.15),
      ambient: [0.05, 0.08, 0.12],
      horizon: [0.02, 0.05, 0.075],
      colourA: scaleRgb(first, 1.25),
      colourB: second,
      colourC: askedColour(wish, 2, vary(random, [0.5, 0.08, 0.55], 0.3)),
      bloom: 0.5,
      bloomFrom: 0.25,
      knobs: [between(random, 2, 2.8), 0.8, 0, 0, 0, 0, 0, 0],
    };
  },
};
