import type { Rgb } from '../colours.ts';
import { askedColour, between, type SceneDefinition, vary } from '../scene.ts';

/** Nebula in three colours, and the planet. */
const palettes: readonly (readonly [Rgb, Rgb, Rgb, Rgb])[] = [
  [
    [0.25, 0.1, 0.65],
    [0.75, 0.15, 0.4],
    [0.95, 0.65, 0.45],
    [0.75, 0.45, 0.28],
  ],
  [
    [0.05, 0.3, 0.55],
    [0.5, 0.12, 0.5],
    [0.55, 0.85, 0.95],
    [0.25, 0.45, 0.7],
  ],
  [
    [0.55, 0.15, 0.12],
    [0.2, 0.15, 0.55],
    [1, 0.7, 0.35],
    [0.6, 0.5, 0.4],
  ],
  [
    [0.04, 0.35, 0.4],
    [0.15, 0.2, 0.6],
    [0.8, 0.9, 0.7],
    [0.8, 0.6, 0.4],
  ],
];

export const space: SceneDefinition = {
  kernel: 9,
  time: 'night',
  drift: { truck: 0.7, zoom: 0.6 },
  reach: 0.5,
  pace: 0.8,
  compose({ wish, light, random }) {
    const [a, b, c, planet] = palettes[Math.floor(random() * palettes.length)] ?? [
      [0.25, 0.1, 0.65],
      [0.75, 0.15, 0.4],
      [0.95, 0.65, 0.45],
      [0.75, 0.45, 0.28],
    ];
    const side = random() < 0.5 ? -1 : 1;
    const wantsPlanet = !wish.without.has('planet') && (wish.motifs.has('planet') || random() < 0.6);
    return {
      ...light,
      camera: { eye: [0, 0, 0], tilt: 0, zoom: 1 },
      sunDirection: [-side * between(random, 0.5, 0.9), 0.4, 0.4],
      horizon: [0.25, 0.5, 0.9],
      stars: wish.without.has('stars') ? 0 : 1,
      colourA: askedColour(wish, 0, vary(random, a, 0.2)),
      colourB: askedColour(wish, 1, askedColour(wish, 0, vary(random, b, 0.2))),
      colourC: vary(random, c, 0.1),
      colourD: vary(random, planet, 0.2),
      exposure: 1.1,
      bloomFrom: 0.5,
      bloom: 0.5,
      knobs: [
        side * between(random, 0.5, 0.95),
        between(random, -0.3, 0.3),
        wantsPlanet ? between(random, 0.3, 0.55) : 0,
        between(random, 0.3, 1.2),
        random() < 0.4 ? 1 : 0,
        1,
        0,
        0,
      ],
    };
  },
};
