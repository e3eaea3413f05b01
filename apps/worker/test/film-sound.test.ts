import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { JobSpecOf } from '@polyreel/core';
import { createCpuRunner } from '@polyreel/gpu-runner';
import { measureLoudness, probe } from '@polyreel/media';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runPlan } from './run-plan.ts';

const media = { ffmpegPath: process.env.FFMPEG_PATH ?? 'ffmpeg', ffprobePath: process.env.FFPROBE_PATH ?? 'ffprobe' };
const runner = createCpuRunner(media);
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'polyreel-film-sound-'));
});
afterAll(async () => {
  await runner.close();
  await rm(folder, { recursive: true, force: true });
});

const scenes = [
  { prompt: 'rain on a roof', negativePrompt: '' },
  { prompt: 'a robot plays chess', negativePrompt: '' },
];
const spec: JobSpecOf<'generate'> = {
  ...{ kind: 'generate', specVersion: 1, model: 'wan22', scenes, canvas: { width: 64, height: 64 } },
  ...{ frameRate: { numerator: 16, denominator: 1 }, framesPerScene: 80, seed: 3, outputName: 'film' },
};

describe('a film with music and effects', () => {
  it('is as long as its scenes, at -16 LUFS, its true peak under -1 dB, and tells what could not be heard once', async () => {
    const results = await runPlan(
      {
        ...spec,
        soundEffects: { model: 'sound-effects', prompt: '', scenePrompts: scenes.map(({ prompt }) => prompt) },
        music: { model: 'ace-step', tags: 'cinematic', lyrics: '[Inst]', bpm: 85, keyscale: 'Eb minor' },
      },
      { runners: [runner], media, folder },
    );
    const film = results.film?.artifacts.find(({ role }) => role === 'film');
    if (!film) throw new Error('no film');
    expect(film).toMatchObject({ frameCount: 160, durationSeconds: 10 });
    const facts = await probe(media, film.objectKey, { signal: AbortSignal.timeout(60_000), countsFrames: true });
    expect(facts.video?.frameCount).toBe(160);
    expect(facts.audio).toMatchObject({ sampleRate: 48_000, channels: 2 });
    expect(facts.durationSeconds).toBeCloseTo(10, 1);
    const { integrated, truePeak } = await measureLoudness(media, film.objectKey, { signal: AbortSignal.timeout(60_000) });
    expect(Math.abs(integrated + 16)).toBeLessThan(1);
    expect(truePeak).toBeLessThan(-1);
    expect(results.film?.warnings).toEqual([{ code: 'no-sound-in-prompt', details: { task: 'sound-effect' } }]);
  });

  it('gives a sound alone as MP3 where that is wanted', async () => {
    const task = {
      type: 'music',
      model: 'ace-step',
      tags: '',
      lyrics: '',
      bpm: 120,
      keyscale: 'C major',
      durationSeconds: 3,
      seed: 1,
    } as const;
    const results = await runPlan(
      { kind: 'tool', specVersion: 1, inputs: {}, outputName: 'song', audioFormat: 'mp3', task },
      { runners: [runner], media, folder },
    );
    expect(results.task?.artifacts).toMatchObject([
      { role: 'audio', mediaType: 'audio/mpeg', name: 'song.mp3', durationSeconds: 3 },
    ]);
  });
});
