import { askedColour, between, type SceneDefinition, vary } from '../scene.ts';
import { mixRgb, triple } from '../colours.ts';

export const desert: SceneDefinition = {
  kernel: 2,
  time: 'day',
  drift: { truck: -1 },
  reach: 0.4,
  pace: 1,
  compose({ wish, time, light, random }) {
    const [sunX, sunY, sunZ] = triple(light.sunDirection);
    const sand = askedColour(wish, 0, vary(random, [0.62, 0.33, 0.15], 0.1));
    return {
      ...light,
      sunDirection: [Number(sunX), time === 'day' ? 0.34 : Number(sunY), Number(sunZ)],
      camera: { eye: [0, between(random, 1.1, 1.6), 0], tilt: between(random, 0, 0.16), zoom: 1.5 },
      cloudCover: wish.weather.clouds ?? 0.28,
      fogDensity: Number(light.fogDensity) * 0.9,
      colourA: mixRgb(sand, [0.3, 0.12, 0.05], 0.35),
      colourB: mixRgb(sand, [0.85, 0.6, 0.36], 0.35),
      knobs: [between(random, 1.5, 2.1), 0.35 + 0.5 * wish.weather.storm + 0.3 * wish.weather.wind, 0, 0, 0, 0, 0, 0],
    };
  },
};
