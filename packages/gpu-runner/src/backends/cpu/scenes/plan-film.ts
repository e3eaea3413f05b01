import { type Canvas, framesPerSecond, type RunnerTaskOf } from '@polyreel/core';
import { type CameraMotion, cameraAxes } from '../camera.ts';
import type { FrameOrder } from '../engine/draw-frames.ts';
import { clamp, createRandom } from '../engine/scalar-math.ts';
import { packUniforms, type Uniforms } from '../engine/uniforms.ts';
import { baseUniforms } from './base-uniforms.ts';
import { type CameraAmounts, type CameraPlan, cameraAt, unmoved } from './camera-path.ts';
import { gradeOf } from './grade.ts';
import { lightOf } from './light.ts';
import { readPrompt, type SceneWish } from './read-prompt.ts';
import type { SceneDefinition } from './scene.ts';
import { scenes } from './scenes.ts';
import type { SceneKind } from './words.ts';

type TextToVideo = RunnerTaskOf<'text-to-video'>;

/** Pixels of one picture unit: half the height at 16:9, and a like field of view at any other shape. */
export const unitPixels = (canvas: Canvas): number => Math.sqrt(canvas.width * canvas.height) * 0.375;

/** Before a camera that stands still or drifts, quiet scenes would freeze: they live on the grain of the film, under one step of luma. */
const GRAIN = { locked: 0.55, free: 0.3, moving: 0 } as const satisfies Record<CameraMotion['intent'], number>;

/** What each frame of the film is drawn from. Pure: the same task gives the same orders. */
export const planFilm = (task: TextToVideo): ((index: number) => FrameOrder) => {
  const wish = readPrompt(task.prompt, task.negativePrompt);
  const kind = wish.kind ?? fallbackKind(wish);
  const scene: SceneDefinition = scenes[kind];
  const random = createRandom(wish.kind === undefined ? (task.seed ^ wish.remainder) >>> 0 : task.seed);
  const seed = [random() * 100, random() * 100, random() * 100];
  const time = wish.timeOfDay ?? scene.time;
  const light = lightOf(wish, time, (random() < 0.5 ? -1 : 1) * (0.12 + 0.4 * random()));
  const { camera, ...composition } = scene.compose({ wish, time, light, random });
  const rate = framesPerSecond(task.frameRate);
  const plan: CameraPlan = {
    amounts: pacedAmounts(
      wish.camera.intent === 'free' ? { ...unmoved, ...scene.drift, handheld: wish.camera.handheld } : wish.camera,
      scene,
    ),
    amplitude: scene.pace * amplitudeOf(task.guidance) * (wish.camera.intent === 'free' ? 0.45 : 1),
    durationSeconds: task.frameCount / rate,
    reach: scene.reach,
  };
  const still: Uniforms = {
    ...baseUniforms,
    ...composition,
    ...gradeOf(wish, composition),
    width: task.canvas.width,
    height: task.canvas.height,
    unit: unitPixels(task.canvas),
    detail: detailOf(task.samplerSteps),
    grain: GRAIN[wish.camera.intent],
    seed,
  };
  return (index) => ({
    scene: scene.kernel,
    uniforms: packUniforms({ ...still, ...cameraAt(camera, plan, index / rate), time: (index / rate) * wish.speed }),
  });
};

/** The amounts at the pace that the scene bears on each axis. */
const pacedAmounts = (amounts: CameraAmounts, { axisPace }: SceneDefinition): CameraAmounts => ({
  ...amounts,
  ...Object.fromEntries(cameraAxes.map((axis) => [axis, amounts[axis] * (axisPace?.[axis] ?? 1)])),
});

/** Nothing was recognised: colours in motion, or the sky when the light or the weather was spoken of. */
const fallbackKind = (wish: SceneWish): SceneKind => (wish.timeOfDay !== undefined || wish.motifs.size > 0 ? 'sky' : 'flow');

/** Guidance pulls a film towards its prompt: here, it makes the asked motion wider. 7.5 is the usual. */
export const amplitudeOf = (guidance: number | undefined): number => {
  if (guidance === undefined) return 1;
  return guidance <= 7.5 ? 0.25 + 0.75 * clamp((guidance - 1) / 6.5, 0, 1) : 1 + 0.5 * clamp((guidance - 7.5) / 7.5, 0, 1.2);
};

/** More sampler steps bring out finer detail, up to 30. */
export const detailOf = (samplerSteps: number | undefined): number => {
  if (samplerSteps === undefined) return 1;
  return samplerSteps <= 15
    ? 0.35 + 0.35 * clamp((samplerSteps - 1) / 14, 0, 1)
    : 0.7 + 0.3 * clamp((samplerSteps - 15) / 15, 0, 1);
};
