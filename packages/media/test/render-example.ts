import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { validateTimeline } from '../src/timeline/index.ts';
import { type PictureWarning, renderFrames } from '../src/timeline/pictures/index.ts';
import { prepareRender } from '../src/timeline/prepare-render.ts';
import type { Scene } from '../src/timeline/scene-graph.ts';
import type { MediaTools } from '../src/tools.ts';

export const EXAMPLES = new URL('../../../examples/timelines/', import.meta.url).pathname;

export interface DrawnScene {
  readonly scene: Scene;
  readonly frames: readonly Uint8Array[];
  readonly warnings: readonly PictureWarning[];
}

/** Draws the frames of an edit whose addresses end in names of files in `folder`. */
export const drawEdit = async (
  tools: MediaTools,
  options: { edit: unknown; folder: string; threads?: number; signal?: AbortSignal; onFrame?: (index: number) => void },
): Promise<DrawnScene> => {
  const check = validateTimeline(options.edit);
  if (check.document === null) throw new Error(`the edit is refused: ${JSON.stringify(check.errors)}`);
  const signal = options.signal ?? new AbortController().signal;
  const { built, paths } = await prepareRender(tools, {
    document: check.document,
    resolveSource: async ({ origin }) => {
      if (origin.type !== 'address') throw new Error('an example generates nothing');
      return { path: join(options.folder, basename(origin.src)) };
    },
    outputDir: options.folder,
    signal,
  });
  const frames: Uint8Array[] = [];
  const warnings: PictureWarning[] = [];
  const drawn = renderFrames(built.scene, {
    ...{ tools, paths, signal, threads: options.threads ?? 1 },
    onWarning: (warning) => warnings.push(warning),
  });
  for await (const { index, pixels } of drawn) {
    frames.push(Uint8Array.from(pixels));
    options.onFrame?.(index);
  }
  return { scene: built.scene, frames, warnings };
};

export const readExample = async (name: string): Promise<unknown> =>
  JSON.parse(await readFile(join(EXAMPLES, `${name}.json`), 'utf8'));
