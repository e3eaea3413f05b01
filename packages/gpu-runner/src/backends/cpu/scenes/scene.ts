import type { CameraAxis } from '../camera.ts';
import { clamp } from '../engine/scalar-math.ts';
import type { Uniforms } from '../engine/uniforms.ts';
import type { CameraAmounts, CameraStart } from './camera-path.ts';
import type { Rgb } from './colours.ts';
import type { Light } from './light.ts';
import type { SceneWish } from './read-prompt.ts';
import type { TimeOfDay } from './words.ts';

export interface SceneRequest {
  readonly wish: SceneWish;
  readonly time: TimeOfDay;
  readonly light: Light;
  /** 0..1, from the seed: the scene's composition. */
  readonly random: () => number;
}

/** Everything of a scene that stays the same through the film; what is left out comes from the light and the base. */
export type Composition = Partial<
  Omit<Uniforms, keyof CameraStart | 'heading' | 'roll' | 'time' | 'width' | 'height' | 'unit' | 'seed'>
> & {
  readonly camera: CameraStart;
};

export interface SceneDefinition {
  /** Number of the scene in the kernels. */
  readonly kernel: number;
  /** When the prompt names no time of day. */
  readonly time: TimeOfDay;
  /** The gentle move of a prompt without a word about the camera. */
  readonly drift: Partial<CameraAmounts>;
  /** World units that a second of dolly or truck covers. */
  readonly reach: number;
  /** Of camera moves, 1 being the usual: scenes with much fine detail move slower, so that no frame jumps from the one before. */
  readonly pace: number;
  /** Share of that pace for the axes that shift the scene's fine detail the most, 1 where left out. */
  readonly axisPace?: Partial<Record<CameraAxis, number>>;
  compose(request: SceneRequest): Composition;
}

/** A number of the seed's choice. */
export const between = (random: () => number, low: number, high: number): number => low + (high - low) * random();

/** A colour moved a little by the seed. */
export const vary = (random: () => number, colour: Rgb, amount: number): Rgb => {
  const nudge = (value: number): number => clamp(value * (1 + (random() - 0.5) * 2 * amount), 0, 4);
  return [nudge(colour[0]), nudge(colour[1]), nudge(colour[2])];
};

/** Colour number `index` of the prompt, else the scene's own. */
export const askedColour = (wish: SceneWish, index: number, fallback: Rgb): Rgb => wish.colours[index] ?? fallback;
