import { mixRgb, type Rgb, scaleRgb } from '../colours.ts';
import { askedColour, between, type SceneDefinition, vary } from '../scene.ts';

const palettes: readonly (readonly [Rgb, Rgb, Rgb, Rgb])[] = [
  [
    [0.03, 0.05, 0.3],
    [0.1, 0.35, 0.85],
    [0.75, 0.12, 0.5],
    [0.98, 0.55, 0.25],
  ],
  [
    [0.02, 0.12, 0.16],
    [0.04, 0.5, 0.52],
    [0.92, 0.78, 0.5],
    [0.9, 0.3, 0.2],
  ],
  [
    [0.16, 0.02, 0.2],
    [0.55, 0.1, 0.6],
    [0.98, 0.45, 0.4],
    [0.98, 0.8, 0.45],
  ],
  [
    [0.04, 0.03, 0.12],
    [0.28, 0.2, 0.75],
    [0.15, 0.7, 0.75],
    [0.85, 0.9, 0.95],
  ],
  [
    [0.18, 0.03, 0.03],
    [0.8, 0.16, 0.1],
    [0.95, 0.6, 0.2],
    [0.35, 0.08, 0.3],
  ],
];

export const flow: SceneDefinition = {
  kernel: 14,
  time: 'day',
  drift: { truck: 0.6, zoom: 0.5 },
  reach: 0.09,
  pace: 1.5,
  compose({ wish, random }) {
    const [deep, main, accent, spark] = palettes[Math.floor(random() * palettes.length)] ?? [
      [0.03, 0.05, 0.3],
      [0.1, 0.35, 0.85],
      [0.75, 0.12, 0.5],
      [0.98, 0.55, 0.25],
    ];
    const asked = wish.colours;
    const base = askedColour(wish, 0, vary(random, main, 0.15));
    return {
      camera: { eye: [0, 0, 0], tilt: 0, zoom: 1 },
      sunDirection: [random() < 0.5 ? -0.6 : 0.6, 0.6, 0.5],
      colourA: asked.length > 0 ? scaleRgb(base, 0.18) : vary(random, deep, 0.2),
      colourB: base,
      colourC: asked[1] ?? (asked.length > 0 ? mixRgb(base, [1, 1, 1], 0.35) : vary(random, accent, 0.15)),
      colourD: asked[2] ?? (asked.length > 0 ? scaleRgb(base, 0.5) : vary(random, spark, 0.1)),
      bloomFrom: 0.8,
      knobs: [
        between(random, 0.85, 1.25),
        between(random, 0.5, 0.8),
        between(random, 0.3, 0.9),
        between(random, 0.2, 0.34),
        0,
        0,
        0,
        0,
      ],
    };
  },
};
