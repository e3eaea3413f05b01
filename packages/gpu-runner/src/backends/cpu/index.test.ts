import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeAudio } from '@polyreel/media/fixtures';
import { inject } from 'vitest';
import { type ClipSize, describeRunner } from '../../conformance.ts';
import { createCpuRunner } from './index.ts';

const tools = { ffmpegPath: process.env.FFMPEG_PATH ?? 'ffmpeg', ffprobePath: process.env.FFPROBE_PATH ?? 'ffprobe' };
const { resolve } = createRequire(import.meta.url);

const rates = [
  { numerator: 16, denominator: 1 },
  { numerator: 24, denominator: 1 },
  { numerator: 30000, denominator: 1001 },
] as const;
const canvases = [
  { width: 128, height: 96 },
  { width: 840, height: 480 },
  { width: 64, height: 64 },
  { width: 1920, height: 1080 },
  { width: 480, height: 832 },
  { width: 1280, height: 720 },
  { width: 254, height: 146 },
] as const;
/** The sound is one second long, and a talking head lasts as long as it. */
const oneSecond = ({ numerator, denominator }: (typeof rates)[number]): number => Math.round(numerator / denominator);
const all: ClipSize[] = canvases.flatMap((canvas) =>
  rates.map((frameRate) => ({ canvas, frameRate, frameCount: oneSecond(frameRate) })),
);
/** Varies canvas and rate together, so that a small sample meets every one of both. */
const spread = all.map((_, index) => all[(index * 4) % all.length]).filter((size) => size !== undefined);
const count = Math.min(spread.length, Math.max(5, Math.round(spread.length * inject('testScale'))));

describeRunner(
  'the cpu runner',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'polyreel-cpu-runner-'));
    return {
      runner: createCpuRunner(tools),
      tools,
      inputs: {
        image: resolve('@polyreel/testkit/fixtures/portrait.jpg'),
        lastImage: resolve('@polyreel/testkit/fixtures/landscape.jpg'),
        audio: await makeAudio(tools, { path: join(folder, 'voice.wav'), kind: 'wav', seconds: 1 }),
      },
      close: () => rm(folder, { recursive: true, force: true }),
    };
  },
  {
    tasks: ['text-to-video', 'image-to-video', 'first-last-frame', 'talking-head', 'sound-effect', 'image', 'music'],
    sizes: () => spread.slice(0, count),
  },
);
