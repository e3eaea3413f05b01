import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createCpuRunner } from '@polyreel/gpu-runner';
import type { BenchRow } from './bench-row.ts';
import { median } from './load.ts';

/** One prompt for each kind of scene of the cpu runner. */
const prompts = [
  'the sea',
  'mountains',
  'desert dunes',
  'a meadow',
  'snow in winter',
  'a forest',
  'above the clouds',
  'the sky',
  'an aurora',
  'outer space',
  'a fire',
  'rain on a city street',
  'a city skyline',
  'underwater',
  'abstract flow',
  'a studio',
] as const;

/** Seconds of the cpu runner for 80 frames of 832x480, encoding included; the first film warms the threads up and is not counted. */
export async function benchScenes(): Promise<BenchRow[]> {
  const runner = createCpuRunner({
    ffmpegPath: process.env.FFMPEG_PATH ?? 'ffmpeg',
    ffprobePath: process.env.FFPROBE_PATH ?? 'ffprobe',
  });
  const seconds = new Map<string, number>();
  try {
    for (const [index, prompt] of [prompts[0], ...prompts].entries()) {
      const scratchDir = await mkdtemp(path.join(tmpdir(), 'polyreel-bench-'));
      const startedAt = performance.now();
      await runner.run(
        {
          type: 'text-to-video',
          model: 'wan22',
          canvas: { width: 832, height: 480 },
          frameRate: { numerator: 16, denominator: 1 },
          frameCount: 80,
          seed: 7,
          prompt,
          negativePrompt: '',
        },
        { inputs: {}, scratchDir, signal: new AbortController().signal, onProgress: () => undefined },
      );
      if (index > 0) seconds.set(prompt, (performance.now() - startedAt) / 1000);
      await rm(scratchDir, { recursive: true });
    }
  } finally {
    await runner.close();
  }
  const sorted = [...seconds].toSorted(([, a], [, b]) => b - a);
  console.error(sorted.map(([prompt, value]) => `  ${value.toFixed(2)} s  ${prompt}`).join('\n'));
  const [dearest, dearestSeconds] = sorted[0] ?? ['', Number.NaN];
  return [
    { name: 'scene of 5 s at 832x480, median', value: median([...seconds.values()]), unit: 's', goal: '<= 5' },
    { name: `scene of 5 s at 832x480, dearest (${dearest})`, value: dearestSeconds, unit: 's', goal: '<= 12' },
  ];
}
