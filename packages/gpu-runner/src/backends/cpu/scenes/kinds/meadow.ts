import { between, type SceneDefinition, vary } from '../scene.ts';
import type { Rgb } from '../colours.ts';

const beds: readonly (readonly [Rgb, Rgb])[] = [
  [
    [0.75, 0.05, 0.04],
    [0.85, 0.6, 0.06],
  ],
  [
    [0.45, 0.12, 0.6],
    [0.8, 0.35, 0.55],
  ],
  [
    [0.9, 0.65, 0.05],
    [0.85, 0.8, 0.72],
  ],
  [
    [0.12, 0.2, 0.7],
    [0.8, 0.12, 0.2],
  ],
];

export const meadow: SceneDefinition = {
  kernel: 3,
  time: 'day',
  drift: { dolly: 1 },
  reach: 0.3,
  pace: 0.42,
  axisPace: { truck: 0.5, orbit: 0.55 },
  compose({ wish, light, random }) {
    const [first, second] = beds[Math.floor(random() * beds.length)] ?? [
      [0.8, 0.1, 0.1],
      [0.9, 0.8, 0.1],
    ];
    const flowers = wish.without.has('flowers') ? 0 : wish.motifs.has('flowers') ? 1 : between(random, 0.3, 0.6);
    return {
      ...light,
      camera: { eye: [0, between(random, 0.85, 1.1), 0], tilt: between(random, -0.1, 0.08), zoom: 1.4 },
      cloudCover: wish.weather.clouds ?? light.cloudCover,
      fogDensity: Number(light.fogDensity) * 0.55,
      colourA: vary(random, [0.045, 0.12, 0.018], 0.2),
      colourB: vary(random, [0.2, 0.32, 0.05], 0.2),
      colourC: wish.colours[0] ?? first,
      colourD: wish.colours[1] ?? second,
      knobs: [between(random, 3, 4.5), flowers, wish.without.has('trees') ? 0 : 1, between(random, 0.13, 0.18), 0, 0, 0, 0],
    };
  },
};
