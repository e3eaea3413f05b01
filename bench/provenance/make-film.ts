import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { FingerprintFrame } from '@polyreel/core';
import { createCpuRunner, type Runner } from '@polyreel/gpu-runner';
import { fingerprintFilm } from '@polyreel/media/fingerprint';
import { makeFilmedFilm } from '@polyreel/media/trials';
import { createLumaWatermarker, markFilm, type Watermarker } from '@polyreel/media/watermark';

export const media = { ffmpegPath: 'ffmpeg', ffprobePath: 'ffprobe' };
export const { signal } = new AbortController();
export const watermarker = createLumaWatermarker([new Uint8Array(32).fill(7)]);

const frameRate = { numerator: 16, denominator: 1 };
const prompts = [
  ...['ocean waves at sunset', 'a pine forest in fog', 'snowy mountains at dawn', 'a city skyline at night'],
  ...['a desert with dunes', 'northern lights over a lake', 'a campfire at night', 'clouds from above'],
  ...['a meadow with flowers', 'a coral reef under water', 'a street in the rain', 'a spiral galaxy'],
  ...['a product on a table', 'a river in autumn', 'a stormy sea', 'fields in the wind'],
  ...['a frozen plain', 'a neon street', 'smoke and ink', 'a sunrise over hills'],
];

export interface TrialFilm {
  readonly marked: string;
  readonly id: string;
  readonly source: 'cpu' | 'filmed';
  readonly width: number;
  readonly psnrMin: number;
  readonly frames: readonly FingerprintFrame[];
}

/**
 * One of 20 prompts by 5 seeds: every second one from the cpu runner, so that each prompt is drawn with two or three seeds, the others
 * as filmed; both sizes for both. 6 s, marked, in `folder`.
 */
export async function makeTrialFilm(folder: string, index: number): Promise<TrialFilm> {
  const [prompt, seed] = [index % prompts.length, Math.floor(index / prompts.length)];
  const canvas = Math.floor(index / 2) % 2 === 0 ? { width: 832, height: 480 } : { width: 1280, height: 720 };
  const source = (prompt + seed) % 2 === 0 ? 'cpu' : 'filmed';
  const [plain, marked] = [path.join(folder, 'plain.mp4'), path.join(folder, 'marked.mp4')];
  if (source === 'filmed') await makeFilmedFilm(media, { path: plain, seed: index, canvas, seconds: 6 });
  else await generate(folder, { plain, canvas, prompt: prompts[prompt] ?? '', seed });
  const id = ((0x9e3779b97f4a7c15n * BigInt(index + 1)) & 0xffffffffffffffffn).toString(16).padStart(16, '0');
  const measured = measuring(watermarker);
  const invisible = { watermarker: measured.watermarker, id };
  await markFilm(media, { input: plain, output: marked, canvas, frameRate, frameCount: 96, invisible, signal });
  await rm(plain);
  const { frames } = await fingerprintFilm(media, { input: marked, kind: 'mp4', signal });
  return { marked, id, source, width: canvas.width, psnrMin: measured.psnrMin(), frames };
}

let runner: Runner | undefined;

/** One for all films: its threads start once. */
const openRunner = (): Runner => {
  runner ??= createCpuRunner(media);
  return runner;
};

export const closeRunner = async (): Promise<void> => {
  await runner?.close();
  runner = undefined;
};

async function generate(
  folder: string,
  film: { plain: string; canvas: { width: number; height: number }; prompt: string; seed: number },
): Promise<void> {
  const { canvas, prompt, seed } = film;
  const made = await openRunner().run(
    { type: 'text-to-video', model: 'wan22', canvas, frameRate, frameCount: 96, seed, prompt, negativePrompt: '' },
    { inputs: {}, scratchDir: folder, signal, onProgress: () => undefined },
  );
  await rename(made.path, film.plain);
}

/** Compares each frame before and after it is marked, before it is encoded. */
function measuring(inner: Watermarker): { watermarker: Watermarker; psnrMin(): number } {
  let psnrMin = Number.POSITIVE_INFINITY;
  const open: Watermarker['open'] = (options) => {
    const marker = inner.open(options);
    const luma = options.canvas.width * options.canvas.height;
    const before = new Uint8Array(luma);
    return {
      mark(frame) {
        before.set(frame.subarray(0, luma));
        marker.mark(frame);
        let squares = 0;
        for (let place = 0; place < luma; place += 1) {
          const change = (before[place] ?? 0) - (frame[place] ?? 0);
          squares += change * change;
        }
        psnrMin = Math.min(psnrMin, 10 * Math.log10(255 ** 2 / (squares / luma)));
      },
    };
  };
  return { watermarker: { ...inner, open }, psnrMin: () => psnrMin };
}
