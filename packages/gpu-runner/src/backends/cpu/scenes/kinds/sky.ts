import { asTint, multiplyRgb, type Rgb, triple } from '../colours.ts';
import { between, type SceneDefinition } from '../scene.ts';

export const sky: SceneDefinition = {
  kernel: 7,
  time: 'day',
  drift: { dolly: 0.6, truck: 0.6 },
  reach: 0.12,
  pace: 1,
  compose({ wish, light, random }) {
    const tinted = (value: number | readonly number[]): Rgb => {
      const [r, g, b] = triple(value);
      const [colour] = wish.colours;
      return colour === undefined ? [r, g, b] : multiplyRgb([r, g, b], asTint(colour, 0.5));
    };
    return {
      ...light,
      camera: { eye: [0, 0, 0], tilt: between(random, 0.66, 0.8), zoom: 1.25 },
      horizon: tinted(light.horizon),
      cloudLit: tinted(light.cloudLit),
      colourA: [0.1, 0.13, 0.06],
      fogDensity: 0.03,
      knobs: [0, -0.02, 0, 0, 0, 0, 0, 0],
    };
  },
};
