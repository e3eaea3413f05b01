import { mixRgb, type Rgb, scaleRgb } from '../colours.ts';
import { askedColour, between, type SceneDefinition, vary } from '../scene.ts';

const papers: readonly (readonly [Rgb, Rgb, Rgb])[] = [
  [
    [0.7, 0.36, 0.22],
    [0.85, 0.3, 0.18],
    [0.95, 0.8, 0.55],
  ],
  [
    [0.16, 0.34, 0.5],
    [0.95, 0.72, 0.3],
    [0.1, 0.3, 0.55],
  ],
  [
    [0.42, 0.26, 0.55],
    [0.9, 0.45, 0.5],
    [0.3, 0.2, 0.55],
  ],
  [
    [0.22, 0.42, 0.3],
    [0.85, 0.75, 0.55],
    [0.12, 0.35, 0.25],
  ],
];

export const studio: SceneDefinition = {
  kernel: 15,
  time: 'day',
  drift: { orbit: 1 },
  reach: 0.14,
  pace: 1,
  compose({ wish, random }) {
    const [paper, first, second] = papers[Math.floor(random() * papers.length)] ?? [
      [0.6, 0.5, 0.42],
      [0.85, 0.3, 0.18],
      [0.95, 0.8, 0.55],
    ];
    const [asked] = wish.colours;
    const wall = asked === undefined ? paper : mixRgb(paper, asked, 0.55);
    const ground = vary(random, wish.looks.has('dark') ? scaleRgb(wall, 0.25) : wall, 0.12);
    return {
      camera: { eye: [0, between(random, 0.95, 1.2), 0], tilt: between(random, -0.28, -0.18), zoom: 1.45 },
      sunDirection: [random() < 0.5 ? -0.7 : 0.7, 0.6, 0.3],
      sunColour: [1.5, 1.42, 1.3],
      horizon: mixRgb(ground, [0.8, 0.9, 1.1], 0.7),
      colourA: scaleRgb(ground, 0.75),
      colourB: mixRgb(scaleRgb(ground, 1.25), [0.9, 0.88, 0.85], 0.12),
      colourC: askedColour(wish, 0, vary(random, first, 0.1)),
      colourD: askedColour(wish, 1, vary(random, second, 0.1)),
      exposure: 0.85,
      bloom: 0.3,
      knobs: [
        Math.floor(between(random, 4, 6.99)),
        between(random, 0.7, 1),
        random() < 0.4 ? 0.75 : 0,
        between(random, 0.22, 0.4),
        0,
        0,
        0,
        0,
      ],
    };
  },
};
