import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { describeRunner } from '../../conformance.ts';
import { createToolRunner } from './index.ts';
import { fixture, photoPart, testTools, writeTestFilm } from './test-kit.ts';

const canvas = { width: 96, height: 64 };

describeRunner(
  'the tool runner',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'polyreel-tool-runner-'));
    const image = join(folder, 'image.png');
    await sharp(fixture('portrait.jpg')).resize(96, 96).png().toFile(image);
    const frames = await Promise.all(
      [0, 4, 8, 12].map((left) => photoPart('portrait.jpg', { ...canvas, left: 160 + left, top: 40 })),
    );
    const frameRate = { numerator: 12, denominator: 1 };
    const video = await writeTestFilm(frames, { path: join(folder, 'film.mp4'), canvas, frameRate });
    return {
      // One thread: on a busy machine it takes longer to start another than to do its share.
      runner: createToolRunner({ ...testTools, threads: 1 }),
      tools: testTools,
      inputs: { image, video },
      close: () => rm(folder, { recursive: true, force: true }),
    };
  },
  {
    tasks: ['vectorise', 'upscale-image', 'upscale-video', 'interpolate', 'cut-out-image', 'cut-out-video'],
    sizes: () => [],
  },
);
