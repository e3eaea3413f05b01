import { askedColour, between, type SceneDefinition, vary } from '../scene.ts';

export const skyline: SceneDefinition = {
  kernel: 12,
  time: 'dusk',
  drift: { truck: 1 },
  reach: 0.5,
  pace: 0.5,
  compose({ wish, time, light, random }) {
    const dark = time === 'night' || time === 'dusk';
    return {
      ...light,
      camera: { eye: [0, between(random, 0.9, 1.3), 0], tilt: between(random, 0.22, 0.36), zoom: 1.6 },
      cloudCover: wish.weather.clouds ?? Math.max(Number(light.cloudCover) * 0.8, wish.weather.storm),
      colourA: dark ? [0.006, 0.012, 0.024] : [0.03, 0.07, 0.1],
      colourB: askedColour(wish, 0, vary(random, [0.25, 0.6, 1], 0.2)),
      colourC: askedColour(wish, 1, vary(random, [1, 0.45, 0.3], 0.2)),
      bloom: 0.5,
      bloomFrom: dark ? 0.55 : 0.95,
      knobs: [
        wish.without.has('lights') ? 0.06 : dark ? between(random, 0.4, 0.55) : 0.08,
        between(random, 0.9, 1.25),
        0,
        0,
        0,
        0,
        0,
        0,
      ],
    };
  },
};
