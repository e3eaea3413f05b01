import { triple } from '../colours.ts';
import { between, type SceneDefinition, vary } from '../scene.ts';

export const snowfield: SceneDefinition = {
  kernel: 4,
  time: 'day',
  drift: { truck: 1 },
  reach: 0.35,
  pace: 0.7,
  compose({ wish, time, light, random }) {
    const [sunX, sunY, sunZ] = triple(light.sunDirection);
    const falling = wish.without.has('snow') ? 0 : Math.max(wish.weather.snow, 0.55);
    return {
      ...light,
      sunDirection: [sunX, time === 'day' ? 0.3 : sunY, sunZ],
      camera: { eye: [0, between(random, 1.3, 1.7), 0], tilt: between(random, -0.02, 0.14), zoom: 1.35 },
      snow: falling,
      fogDensity: Number(light.fogDensity) * 1.1,
      colourA: vary(random, [0.025, 0.05, 0.045], 0.25),
      saturation: 0.9,
      knobs: [
        between(random, 2.4, 3.6),
        wish.without.has('trees') ? 0 : between(random, 0.6, 0.85),
        falling > 0 ? 1 : 0.25,
        0,
        0,
        0,
        0,
        0,
      ],
    };
  },
};
