import { copyFile, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MediaTools } from '@polyreel/media';
import { renderTimeline, validateTimeline } from '@polyreel/media/timeline';
import {
  captionAsset,
  captionBox,
  captionMoments,
  captionWordSeconds,
  shapes,
  shortCuts,
  titleAsset,
  titleBox,
  titles,
} from './films.ts';

interface Still {
  readonly name: string;
  readonly asset: object;
  readonly size: { readonly width: number; readonly height: number };
  /** Moment of the asset. */
  readonly seconds?: number;
}

/** What the references cannot lay out or draw by themselves, as our renderer rasterises it, and the lists of their inputs. */
export const makeBenchStills = async (tools: MediaTools, folder: string): Promise<void> => {
  const stills: Still[] = [
    ...titles.map((text, index) => ({ name: `title-${index + 1}.png`, asset: titleAsset(text, 96), size: titleBox })),
    ...captionMoments.map((seconds, index) => ({
      name: `word-${index + 1}.png`,
      asset: captionAsset,
      size: captionBox,
      seconds,
    })),
    // Four pixels of room on each side: they are moved between pixels.
    { name: 'star.png', asset: shapes.star, size: { width: 368, height: 368 } },
    { name: 'disc.png', asset: shapes.disc, size: { width: 208, height: 208 } },
    { name: 'bar.png', asset: shapes.bar, size: { width: 448, height: 148 } },
  ];
  for (const still of stills) await makeStill(tools, folder, still);
  const cuts = ['a', 'b', 'c', 'a', 'b', 'c'].map((name, index) => {
    const from = 2 + 3 * Math.floor(index / 3);
    return `file own-${name}.mp4\ninpoint ${(from + 1 / 120).toFixed(4)}\noutpoint ${(from + 3 - 1 / 60).toFixed(4)}`;
  });
  await writeFile(join(folder, '01.ffconcat'), `ffconcat version 1.0\n${cuts.join('\n')}\n`);
  const words = captionMoments.map((_, index) => `file word-${index + 1}.png\nduration ${captionWordSeconds}`);
  await writeFile(join(folder, '05.ffconcat'), `ffconcat version 1.0\n${words.join('\n')}\n`);
  await writeFile(join(folder, '06.txt'), shortCuts.map(({ name, trim }) => `${name} ${trim.toFixed(4)}\n`).join(''));
};

/** Kept between runs, as the films are: whoever changes an asset removes the folder. */
const makeStill = async (tools: MediaTools, folder: string, { name, asset, size, seconds = 0 }: Still): Promise<void> => {
  if (await stat(join(folder, name)).catch(() => null)) return;
  const { document, errors } = validateTimeline({
    timeline: {
      background: 'transparent',
      tracks: [{ clips: [{ asset, start: 0, length: seconds + 1, fit: 'none', ...size }] }],
    },
    output: { format: 'png', size, alpha: true, range: { start: seconds } },
  });
  if (document === null) throw new Error(JSON.stringify(errors));
  const outputDir = await mkdtemp(join(tmpdir(), 'polyreel-still-'));
  try {
    const resolveSource = (): never => {
      throw new Error('a still needs no source');
    };
    const { files } = await renderTimeline(tools, {
      document,
      resolveSource,
      outputDir,
      signal: new AbortController().signal,
      threads: 1,
    });
    await copyFile(files[0]?.path ?? '', join(folder, name));
  } finally {
    await rm(outputDir, { recursive: true });
  }
};
