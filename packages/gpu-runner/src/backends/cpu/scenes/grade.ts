import type { Uniforms } from '../engine/uniforms.ts';
import { asTint, multiplyRgb, type Rgb } from './colours.ts';
import type { SceneWish } from './read-prompt.ts';

/** The finish that the prompt's looks ask for, on top of the scene's own. */
export const gradeOf = (wish: SceneWish, own: Partial<Uniforms>): Partial<Uniforms> => {
  const { looks } = wish;
  let exposure = Number(own.exposure ?? 1);
  let saturation = Number(own.saturation ?? 1.1);
  let contrast = Number(own.contrast ?? 1.05);
  let tint: Rgb = [1, 1, 1];
  if (looks.has('vivid')) saturation *= 1.3;
  if (looks.has('pastel')) {
    saturation *= 0.8;
    contrast *= 0.88;
    exposure *= 1.15;
  }
  if (looks.has('dark')) {
    exposure *= 0.68;
    contrast *= 1.06;
  }
  if (looks.has('bright')) exposure *= 1.2;
  if (looks.has('warm')) tint = multiplyRgb(tint, [1.12, 1, 0.84]);
  if (looks.has('cold')) tint = multiplyRgb(tint, [0.88, 1, 1.16]);
  if (looks.has('sepia')) {
    saturation *= 0.45;
    tint = multiplyRgb(tint, asTint([0.7, 0.5, 0.3], 0.45));
  }
  if (looks.has('monochrome')) saturation = 0;
  return { exposure, saturation, contrast, tint };
};
