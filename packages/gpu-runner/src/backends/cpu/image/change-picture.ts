import type { Canvas, RunnerTaskOf } from '@polyreel/core';
import sharp from 'sharp';
import type { RunWarning } from '../../../runner.ts';
import { openCutOutWork, prepare } from '../../tool/cut-out/cut-out.ts';
import { readCovering } from '../motion/picture.ts';
import { readPictureLife } from '../motion/picture-life.ts';
import { gradeOf } from '../scenes/grade.ts';
import { readPrompt, type SceneWish } from '../scenes/read-prompt.ts';
import type { TimeOfDay } from '../scenes/words.ts';
import { drawScene } from './draw-scene.ts';
import { drawWeather } from './weather.ts';

/** A picture in work: straight RGB, both sides even. */
interface Rgb extends Canvas {
  readonly data: Uint8Array;
}

/** The light of an hour, over a picture taken at another. */
const lights: Readonly<Record<TimeOfDay, { exposure: number; saturation: number; tint: readonly [number, number, number] }>> = {
  dawn: { exposure: 0.95, saturation: 0.95, tint: [1.08, 0.97, 0.98] },
  day: { exposure: 1.08, saturation: 1.05, tint: [1, 1, 1] },
  golden: { exposure: 1, saturation: 1.12, tint: [1.16, 1, 0.76] },
  dusk: { exposure: 0.62, saturation: 0.85, tint: [0.86, 0.88, 1.14] },
  night: { exposure: 0.36, saturation: 0.7, tint: [0.66, 0.8, 1.24] },
};

/** Words that ask for another place, not for a change of what is there. */
const PLACED =
  /\b(?:background|backdrop|in front of|(?:put|place|set|move|standing|sitting|walking)\b[^,.]*\b(?:on|in|at|before|by|into|onto))\b/i;

/**
 * Changes a picture as its words say, as far as light, colour, weather and the place behind a person or an object go. What was changed is
 * told, and with it that nothing else was.
 */
export const changePicture = async (
  task: RunnerTaskOf<'image'>,
  image: string,
  options: { signal: AbortSignal; onProgress(ratio: number): void },
): Promise<{ data: Buffer; warnings: RunWarning[] }> => {
  const { signal } = options;
  const canvas = { width: 2 * Math.ceil(task.canvas.width / 2), height: 2 * Math.ceil(task.canvas.height / 2) };
  const { picture } = await readCovering(image, canvas);
  const wish = readPrompt(task.prompt, task.negativePrompt);
  const done: string[] = [];
  let rgb: Rgb = { ...canvas, data: withoutAlpha(picture.data) };
  if (wish.kind !== undefined && PLACED.test(task.prompt)) {
    const placed = await placeBefore(rgb, { ...task, canvas }, signal);
    if (placed !== undefined) done.push(`background ${wish.kind}`);
    rgb = placed ?? rgb;
  }
  options.onProgress(0.6);
  const light =
    wish.timeOfDay !== undefined && !done.some((what) => what.startsWith('background')) ? lights[wish.timeOfDay] : undefined;
  if (wish.timeOfDay !== undefined && light !== undefined) done.push(wish.timeOfDay);
  done.push(...wish.looks);
  rgb = { ...canvas, data: graded(rgb.data, wish, light) };
  const life = readPictureLife(task.prompt, task.negativePrompt);
  const weather = (['rain', 'snow', 'fog', 'sparks'] as const).filter((name) => life[name] > 0);
  if (weather.length > 0) {
    rgb = { ...canvas, data: await drawWeather({ ...canvas, data: withAlpha(rgb.data) }, { life, seed: task.seed, signal }) };
    done.push(...weather);
  }
  const data = await sharp(rgb.data, { raw: { ...canvas, channels: 3 } })
    .extract({ left: 0, top: 0, width: task.canvas.width, height: task.canvas.height })
    .raw()
    .toBuffer();
  return { data, warnings: [{ code: 'changed_in_part', details: { changed: done.length === 0 ? 'nothing' : done.join(', ') } }] };
};

/** The person or the object of a picture before a drawn scene; undefined where neither stands out. */
async function placeBefore(rgb: Rgb, task: RunnerTaskOf<'image'>, signal: AbortSignal): Promise<Rgb | undefined> {
  const { width, height } = rgb;
  const work = openCutOutWork({ threads: 1, signal });
  try {
    const prepared = await prepare({ width, height, data: withAlpha(rgb.data) });
    const method = await work.choose(prepared);
    if (method === 'guess') return undefined;
    const figure = await work.matte(prepared, await work.mask(prepared, method));
    const scene = await drawScene(task, signal);
    const data = Uint8Array.from(scene, (value, at) => {
      const pixel = Math.floor(at / 3) * 4;
      const alpha = (figure.data[pixel + 3] ?? 0) / 255;
      return value + ((figure.data[pixel + (at % 3)] ?? 0) - value) * alpha;
    });
    return { width, height, data };
  } finally {
    await work.close();
  }
}

const graded = (data: Uint8Array, wish: SceneWish, light: (typeof lights)[TimeOfDay] | undefined): Uint8Array => {
  const own = { exposure: light?.exposure ?? 1, saturation: light?.saturation ?? 1, contrast: 1 };
  const grade = { ...own, ...gradeOf(wish, own) };
  const wished = grade.tint ?? 1;
  const [exposure, saturation, contrast] = [Number(grade.exposure), Number(grade.saturation), Number(grade.contrast)];
  const tint = [0, 1, 2].map(
    (channel) => (typeof wished === 'number' ? wished : (wished[channel] ?? 1)) * (light?.tint[channel] ?? 1),
  );
  const result = new Uint8Array(data.length);
  for (let at = 0; at < data.length; at += 3) {
    const luma = 0.2126 * (data[at] ?? 0) + 0.7152 * (data[at + 1] ?? 0) + 0.0722 * (data[at + 2] ?? 0);
    for (let channel = 0; channel < 3; channel++) {
      const coloured = luma + ((data[at + channel] ?? 0) - luma) * saturation;
      const exposed = coloured * exposure * (tint[channel] ?? 1);
      result[at + channel] = Math.min(255, Math.max(0, Math.round((exposed - 118) * contrast + 118)));
    }
  }
  return result;
};

const withoutAlpha = (rgba: Uint8Array): Uint8Array => {
  const rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) rgb.set(rgba.subarray(from, from + 3), to);
  return rgb;
};

const withAlpha = (rgb: Uint8Array): Uint8Array<ArrayBuffer> => {
  const rgba = new Uint8Array((rgb.length / 3) * 4).fill(255);
  for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4) rgba.set(rgb.subarray(from, from + 3), to);
  return rgba;
};
