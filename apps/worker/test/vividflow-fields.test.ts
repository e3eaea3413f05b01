import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openAsBlob } from 'node:fs';
import type { RunnerTaskOf } from '@polyreel/core';
import { createCpuRunner } from '@polyreel/gpu-runner';
import { bindSurfaces, surfaceSchemas } from '@polyreel/surfaces';
import { buildSurfaceApp, keyText, type SurfaceApp } from '@polyreel/testkit/surface-app';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeLuma, detailOf, differenceOf, type Film, motionOf } from './measure-film.ts';

/**
 * Each field of the Vivid Flow form against a baseline that differs in nothing else: from the posted form over the plan to the frames
 * of the reference renderer. Only the canvas and the number of frames are cut down, alike for both films.
 */
const canvas = { width: 320, height: 180 };
const frameCount = 17;
const picture = createRequire(import.meta.url).resolve('@polyreel/testkit/fixtures/landscape.jpg');
const tools = { ffmpegPath: process.env.FFMPEG_PATH ?? 'ffmpeg', ffprobePath: process.env.FFPROBE_PATH ?? 'ffprobe' };
const runner = createCpuRunner(tools);
let folder: string;
let app: SurfaceApp;
let url: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'polyreel-fields-'));
  const [surface] = bindSurfaces(
    {
      videogen: surfaceSchemas.videogen.parse({}),
      'vidgen-v1': surfaceSchemas['vidgen-v1'].parse({}),
      'vidgen-v2': surfaceSchemas['vidgen-v2'].parse({}),
      vidgenie: surfaceSchemas.vidgenie.parse({}),
      vividflow: surfaceSchemas.vividflow.parse({}),
    },
    ['vividflow'],
  );
  if (!surface) throw new Error('no surface');
  const jsonPool = { scan: () => Promise.reject(new Error('this surface reads no JSON')) };
  app = await buildSurfaceApp(surface, { jsonPool });
  url = await app.listen();
}, 120_000);
afterAll(async () => {
  await app.close();
  await runner.close();
  await rm(folder, { recursive: true, force: true });
});

/** What the server asks of a runner for a posted form. */
async function planOf(fields: Readonly<Record<string, string>>) {
  const form = new FormData();
  form.set('image', await openAsBlob(picture), 'landscape.jpg');
  for (const [name, value] of Object.entries({ prompt: 'A quiet landscape', ...fields })) form.set(name, value);
  const answer = await fetch(`${url}/api/v1/generate`, {
    method: 'POST',
    headers: { 'x-api-key': keyText('owner') },
    body: form,
  });
  expect(answer.status, await answer.text()).toBe(202);
  const job = app.jobs.submitted().at(-1);
  return (job?.plan.steps ?? []).flatMap((step) => (step.type === 'run-task' ? [step.params.task] : []));
}

async function filmOf(
  fields: Readonly<Record<string, string>>,
  change: Partial<RunnerTaskOf<'image-to-video'>> = { canvas, frameCount },
): Promise<Film> {
  const task = (await planOf(fields)).find((one) => one.type === 'image-to-video');
  if (task?.type !== 'image-to-video') throw new Error('the plan makes no film');
  // Veo draws its seed; films to be compared share one.
  const seed = fields.model === 'veo3.1' ? 42 : task.seed;
  const scratchDir = await mkdtemp(path.join(folder, 'run-'));
  const asked = { ...task, seed, ...change };
  const context = { inputs: { image: picture }, scratchDir, signal: AbortSignal.timeout(240_000), onProgress: () => undefined };
  const made = await runner.run(asked, context);
  return decodeLuma(tools, made.path, asked.canvas);
}

const veo = (fields: Readonly<Record<string, string>>) => filmOf({ model: 'veo3.1', ...fields });

describe('wan2.1', { timeout: 300_000 }, () => {
  it('length, width and height are exact', async () => {
    const film = await filmOf({ length: '23', width: '258', height: '130' }, {});
    expect([film.frames.length, film.canvas]).toEqual([23, { width: 258, height: 130 }]);
    expect((await filmOf({ length: '80' }, { canvas })).frames).toHaveLength(80);
  });

  it('seed: the same one gives the same frames, another one others, with the same motion', async () => {
    const films = [];
    for (const seed of ['7', '7', '8']) films.push(await filmOf({ seed, prompt: 'A landscape, the camera pans right' }));
    const [first, again, other] = films;
    if (!first || !again || !other) throw new Error('a film is missing');
    expect(differenceOf(first, again)).toBe(0);
    expect(differenceOf(first, other)).toBeGreaterThan(0);
    for (const film of films) expect(motionOf(film).x).toBeLessThan(-0.05);
  });

  it('cfg: the asked motion grows over 1, 4, 7.5 and 15', async () => {
    const speeds: number[] = [];
    for (const cfg of ['1', '4', '7.5', '15']) {
      const { x, y } = motionOf(await filmOf({ cfg, prompt: 'A landscape, the camera pans right' }));
      speeds.push(Math.hypot(x, y));
    }
    expect(speeds).toEqual(speeds.toSorted((a, b) => a - b));
    expect(speeds.at(-1)).toBeGreaterThan(1.2 * (speeds[0] ?? 0));
  });

  it('steps: detail does not fall from 5 to 15 to 30, and 30 has more than 5', async () => {
    const [few = 0, some = 0, many = 0] = [
      detailOf(await filmOf({ steps: '5' })),
      detailOf(await filmOf({ steps: '15' })),
      detailOf(await filmOf({ steps: '30' })),
    ];
    expect(some).toBeGreaterThanOrEqual(few);
    expect(many).toBeGreaterThanOrEqual(some);
    expect(many).toBeGreaterThan(1.05 * few);
  });

  it('negative_prompt: rain that is asked for and negated is gone', async () => {
    const dry = await filmOf({ prompt: 'A landscape' });
    const wet = await filmOf({ prompt: 'A landscape, rain' });
    const negated = await filmOf({ prompt: 'A landscape, rain', negative_prompt: 'rain' });
    expect(differenceOf(dry, wet)).toBeGreaterThan(0.5);
    expect(differenceOf(dry, negated)).toBe(0);
  });
});

describe('veo3.1', { timeout: 300_000 }, () => {
  // Signs of the picture's movement: it goes against the camera's.
  it.each([
    ['Dolly', ({ expansion }) => expansion],
    ['Dolly (Out)', ({ expansion }) => -expansion],
    ['Zoom', ({ expansion }) => expansion],
    ['Zoom (Out)', ({ expansion }) => -expansion],
    ['Pan', ({ x }) => -x],
    ['Pan (Left)', ({ x }) => x],
    ['Truck', ({ x }) => -x],
    ['Truck (Left)', ({ x }) => x],
    ['Tilt', ({ y }) => y],
    ['Tilt (Down)', ({ y }) => -y],
    ['POV', ({ expansion }) => expansion],
  ] satisfies [string, (motion: ReturnType<typeof motionOf>) => number][])('camera_motion %s', async (name, along) => {
    expect(along(motionOf(await veo({ camera_motion: name })))).toBeGreaterThan(0.0004);
  });

  it('camera_motion Vertigo narrows one plane against the other, OverTheShoulder circles; both differ from None', async () => {
    const still = await veo({ camera_motion: 'None' });
    const [vertigo, dolly] = [await veo({ camera_motion: 'Vertigo' }), await veo({ camera_motion: 'Dolly' })];
    expect(motionOf(vertigo).expansion).toBeLessThan(motionOf(dolly).expansion);
    expect(differenceOf(still, vertigo)).toBeGreaterThan(0.2);
    const [right, left] = [
      await veo({ camera_motion: 'OverTheShoulder' }),
      await veo({ camera_motion: 'OverTheShoulder (Left)' }),
    ];
    expect(differenceOf(still, right)).toBeGreaterThan(0.2);
    expect(motionOf(right).x).not.toBeCloseTo(motionOf(left).x, 3);
  });

  it('subject_animation moves the foreground, environmental_animation the background, neither the other', async () => {
    // Later frames differ everywhere: the encoder spends its bits elsewhere, and grain does the rest.
    const beginning = (film: Film): Film => ({ ...film, frames: film.frames.slice(0, 5) });
    const base = beginning(await veo({}));
    const subject = beginning(await veo({ subject_animation: 'it bounces up and down' }));
    const background = beginning(await veo({ environmental_animation: 'clouds drift' }));
    const [top, bottom] = [
      { from: 0, to: 0.25 },
      { from: 0.75, to: 1 },
    ];
    expect(differenceOf(base, subject, bottom)).toBeGreaterThan(2.5 * differenceOf(base, subject, top));
    expect(differenceOf(base, subject, bottom)).toBeGreaterThan(0.1);
    expect(differenceOf(base, background, top)).toBeGreaterThan(2.5 * differenceOf(base, background, bottom));
    expect(differenceOf(base, background, top)).toBeGreaterThan(0.1);
  });

  it('generate_audio asks for a track as long as the film, from the words of the prompt', async () => {
    const tasks = await planOf({ model: 'veo3.1', duration_seconds: '6', generate_audio: 'yes', prompt: 'Rain on a landscape' });
    expect(tasks.find(({ type }) => type === 'sound-effect')).toMatchObject({
      durationSeconds: 6,
      prompt: 'Rain on a landscape',
    });
  });
});
