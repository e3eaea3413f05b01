import { mixRgb, scaleRgb } from '../colours.ts';
import { between, type SceneDefinition } from '../scene.ts';

export const fire: SceneDefinition = {
  kernel: 10,
  time: 'night',
  drift: { dolly: 1 },
  reach: 0.16,
  pace: 1.5,
  axisPace: { truck: 0.4, orbit: 0.4, pedestal: 0.6, tilt: 0.6 },
  compose({ wish, light, random }) {
    const [asked] = wish.colours;
    return {
      ...light,
      camera: { eye: [between(random, -0.18, 0.18), 0, 0], tilt: between(random, -0.05, 0.1), zoom: 1 },
      colourA: asked === undefined ? [0.95, 0.16, 0.02] : scaleRgb(asked, 1),
      colourB: asked === undefined ? [1, 0.42, 0.05] : mixRgb(asked, [1, 1, 1], 0.2),
      colourC: asked === undefined ? [1, 0.85, 0.4] : mixRgb(asked, [1, 1, 1], 0.65),
      colourD: [0.3, 0.2, 0.15],
      exposure: 1,
      bloom: 0.6,
      bloomFrom: 0.55,
      vignette: 0.6,
      knobs: [
        between(random, 0.36, 0.5),
        between(random, 0.85, 1.15),
        wish.without.has('sparks') ? 0 : wish.motifs.has('sparks') ? 1.6 : 1,
        wish.without.has('smoke') ? 0 : wish.motifs.has('smoke') ? 1.6 : 0.7,
        1,
        0,
        0,
        0,
      ],
    };
  },
};
