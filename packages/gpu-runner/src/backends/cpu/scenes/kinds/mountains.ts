import { asTint, multiplyRgb, scaleRgb } from '../colours.ts';
import { askedColour, between, type SceneDefinition, vary } from '../scene.ts';

export const mountains: SceneDefinition = {
  kernel: 1,
  time: 'day',
  drift: { truck: 1 },
  reach: 0.45,
  pace: 0.75,
  compose({ wish, light, random }) {
    const height = between(random, 6.2, 8);
    const hue = asTint(askedColour(wish, 0, [0.5, 0.5, 0.5]), wish.colours.length > 0 ? 0.6 : 0);
    const snowLine = wish.without.has('snow') ? 9 : between(random, 0.3, 0.42) - 0.5 * wish.weather.snow;
    const lake = wish.motifs.has('lake') ? -0.02 : random() < 0.5 && !wish.without.has('lake') ? -0.1 : -1;
    return {
      ...light,
      camera: { eye: [0, height * 0.16, 0], tilt: between(random, 0.08, 0.24), zoom: 1.5 },
      colourA: multiplyRgb(vary(random, [0.1, 0.095, 0.1], 0.2), hue),
      colourB: multiplyRgb(vary(random, [0.27, 0.24, 0.22], 0.2), hue),
      colourC: multiplyRgb(vary(random, [0.035, 0.065, 0.028], 0.3), hue),
      colourD: scaleRgb([0.012, 0.035, 0.045], light.moon === 1 ? 0.2 : 1),
      fogDensity: Number(light.fogDensity) * 1.4,
      knobs: [
        height,
        snowLine,
        height * lake,
        wish.without.has('trees') ? 0 : 1,
        wish.motifs.has('fog') ? 1 : 0.5,
        Math.max(lake, -0.12) * height,
        0,
        0,
      ],
    };
  },
};
