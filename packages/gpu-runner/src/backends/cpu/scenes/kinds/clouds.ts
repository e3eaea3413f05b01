import { mixRgb, scaleRgb, triple } from '../colours.ts';
import { between, type SceneDefinition } from '../scene.ts';

export const clouds: SceneDefinition = {
  kernel: 6,
  time: 'dawn',
  drift: { dolly: 1 },
  reach: 0.22,
  pace: 1,
  compose({ light, random }) {
    return {
      ...light,
      camera: { eye: [0, between(random, 0.75, 1.1), 0], tilt: between(random, -0.22, -0.08), zoom: 1.3 },
      cloudShade: scaleRgb(mixRgb(triple(light.cloudShade), triple(light.zenith), 0.45), 0.75),
      exposure: Number(light.exposure) * 0.82,
      contrast: 1.14,
      fogDensity: 0.022,
      knobs: [between(random, 0.3, 0.75), 0, 0, 0, 0, 0, 0, 0],
    };
  },
};
