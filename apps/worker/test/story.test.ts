import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { JobSpecOf, Story } from '@polyreel/core';
import { createCpuRunner, createToolRunner, findSpeech } from '@polyreel/gpu-runner';
import { measureLoudness, probe } from '@polyreel/media';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runPlan } from './run-plan.ts';

const media = { ffmpegPath: process.env.FFMPEG_PATH ?? 'ffmpeg', ffprobePath: process.env.FFPROBE_PATH ?? 'ffprobe' };
const speech = await findSpeech({ flitePath: 'flite', espeakPath: 'espeak-ng', endpoint: null });
const runners = [createCpuRunner(media), createToolRunner({ ...media, speech })];
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'polyreel-story-'));
});
afterAll(async () => {
  await Promise.all(runners.map((runner) => runner.close()));
  await rm(folder, { recursive: true, force: true });
});

const canvas = { width: 320, height: 176 };
const picture = (prompt: string) => ({ type: 'picture', model: 'z-image-turbo', canvas, prompt }) as const;
const story: Story = {
  title: 'Two beats',
  beats: [
    { text: 'A lighthouse stands by the sea.', visual: 0, pauseSeconds: 0.3 },
    { text: 'At night it shines.', visual: 1, pauseSeconds: 0.3 },
  ],
  visuals: [picture('a lighthouse by the sea'), picture('a lighthouse at night')],
  narration: { model: 'speech', voice: 'en-us-female', speedRatio: 1 },
  inserts: [],
  music: {
    source: {
      task: {
        ...{ type: 'music', model: 'ace-step', tags: 'calm piano', lyrics: '', bpm: 80, keyscale: 'C major' },
        ...{ durationSeconds: 4, seed: 1 },
      },
    },
    volumeRatio: 0.4,
  },
  leadSeconds: 0.4,
  tailSeconds: 0.6,
  look: {
    captions: {
      ...{ fontPixels: 56, fontWeight: 700, color: '#ffffff', align: 'center', position: 'bottom', stroke: null, ground: null },
      ...{ spokenColor: null, spokenStrokeColor: null, keepsSpokenColor: false },
    },
    transition: 'fade',
    isZooming: true,
  },
  seed: 5,
};
const spec: JobSpecOf<'story'> = { kind: 'story', specVersion: 1, story, film: { canvas }, outputName: 'film' };

test('a story becomes a film as long as what is said, spoken over music that is looped to its end', async () => {
  const results = await runPlan(spec, { runners, media, folder });
  expect(Object.keys(results)).toEqual(['voice-1', 'voice-2', 'visual-1', 'visual-2', 'music', 'film']);
  const secondsOf = (key: string): number => results[key]?.artifacts[0]?.durationSeconds ?? 0;
  const expected = 0.4 + secondsOf('voice-1') + 0.3 + secondsOf('voice-2') + 0.6;
  expect(secondsOf('voice-1')).toBeGreaterThan(1);
  const film = results.film?.artifacts[0];
  if (!film) throw new Error('no film');
  const facts = await probe(media, film.objectKey, { signal: AbortSignal.timeout(60_000), countsFrames: true });
  expect(facts.video).toMatchObject({ ...canvas, frameRate: { numerator: 25, denominator: 1 } });
  expect(facts.durationSeconds).toBeCloseTo(expected, 0);
  expect(Math.abs((facts.video?.frameCount ?? 0) - expected * 25)).toBeLessThan(2);
  const { integrated } = await measureLoudness(media, film.objectKey, { signal: AbortSignal.timeout(60_000) });
  expect(Math.abs(integrated + 16)).toBeLessThan(1.5);
}, 240_000);

test('a clip that stands alone begins as it was drawn, moves for its time, and is silent', async () => {
  const clip: Story = {
    title: 'Waves',
    beats: [{ text: '', visual: 0, pauseSeconds: 0, seconds: 1 }],
    visuals: [
      {
        ...{ type: 'clip', pictureModel: 'z-image-turbo', model: 'wan22', canvas, prompt: 'waves' },
        ...{ frameRate: { numerator: 16, denominator: 1 }, frameCount: 16 },
      },
    ],
    ...{ inserts: [], leadSeconds: 0, tailSeconds: 0, seed: 3 },
    look: { captions: null, transition: 'none', isZooming: false },
  };
  const results = await runPlan({ ...spec, story: clip }, { runners, media, folder });
  expect(Object.keys(results)).toEqual(['visual-1.opening', 'visual-1.scene-1', 'visual-1', 'film']);
  const film = results.film?.artifacts[0];
  if (!film) throw new Error('no film');
  const facts = await probe(media, film.objectKey, { signal: AbortSignal.timeout(60_000), countsFrames: true });
  expect(facts.video).toMatchObject({ ...canvas, frameCount: 25 });
}, 240_000);
