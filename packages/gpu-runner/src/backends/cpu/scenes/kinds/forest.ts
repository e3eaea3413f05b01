import { between, type SceneDefinition, vary } from '../scene.ts';
import { mixRgb, type Rgb, scaleRgb } from '../colours.ts';

export const forest: SceneDefinition = {
  kernel: 5,
  time: 'dawn',
  drift: { dolly: 0.6, truck: 0.6 },
  reach: 0.2,
  pace: 0.75,
  compose({ wish, time, light, random }) {
    const side = random() < 0.5 ? -1 : 1;
    const night = time === 'night';
    const level = night ? 0.12 : time === 'dusk' ? 0.4 : 1;
    const [asked] = wish.colours;
    const leaf = asked ?? vary(random, [0.2, 0.36, 0.05], 0.2);
    const tinted = (colour: Rgb, share: number): Rgb => (asked === undefined ? colour : mixRgb(colour, asked, share));
    return {
      ...light,
      camera: { eye: [0, between(random, 0.75, 1.0), 0], tilt: between(random, 0, 0.16), zoom: 1.3 },
      sunColour: night ? light.sunColour : [2.1, 1.7, 1.0],
      ambient: scaleRgb([0.3, 0.42, 0.34], level),
      fogColour: scaleRgb(tinted(mixRgb([0.3, 0.46, 0.3], [0.48, 0.5, 0.3], random()), 0.35), level),
      fogDensity: 0.02 + 0.12 * wish.weather.fog + 0.04 * wish.weather.rain,
      colourA: vary(random, [0.05, 0.035, 0.025], 0.2),
      colourB: vary(random, [0.26, 0.19, 0.13], 0.2),
      colourC: tinted(vary(random, [0.05, 0.12, 0.025], 0.2), 0.25),
      colourD: leaf,
      bloomFrom: 0.7,
      knobs: [
        between(random, 0.62, 0.8),
        1,
        (night ? 0.5 : 1) * (1 - 0.7 * wish.weather.rain),
        1,
        side * between(random, 0.15, 0.5),
        between(random, 0.75, 0.95),
        0,
        0,
      ],
    };
  },
};
