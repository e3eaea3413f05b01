import { createDraw } from './draw.ts';
import { randomCameras, randomFamilies, randomNegatives } from './random-words.ts';

export interface RandomPrompt {
  /** Who does what, where, in which light, seen how. */
  readonly positive: string;
  /** Terms with a dash in front. */
  readonly negative: string;
}

/** A prompt that can be filmed. Pure: the same seed draws the same one. */
export function drawRandomPrompt(seed: number): RandomPrompt {
  const draw = createDraw(seed);
  const family = draw.pick(randomFamilies);
  const scene = `${draw.pick(family.subjects)} ${draw.pick(family.actions)} ${draw.pick(family.places)}`;
  const look = `${draw.pick(family.lights)}, ${draw.pick(randomCameras)}`;
  return { positive: `${scene}, ${look}`, negative: draw.pick(randomNegatives) };
}
