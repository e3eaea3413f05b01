import { join } from 'node:path';
import type { RunnerTask } from '@polyreel/core';
import type { MediaTools } from '@polyreel/media';
import type { RunContext, RunResult } from '../../runner.ts';
import { finishFilm } from './finish-film.ts';
import { finishPicture, shownSize } from './finish-picture.ts';
import { finishSound } from './finish-sound.ts';
import { comfyError } from './comfy-errors.ts';
import type { BuiltGraph } from './graphs/graph.ts';
import type { PreparedInputs } from './prepare-inputs.ts';

export interface FinishTask {
  readonly task: RunnerTask;
  readonly parts: readonly BuiltGraph[];
  /** What each part made. */
  readonly paths: readonly string[];
  readonly inputs: PreparedInputs;
  readonly context: RunContext;
  onProgress(ratio: number): void;
}

/** Brings what a server made into the form that the Runner contract names. Throws StepError. */
export async function finishTask(tools: MediaTools, finish: FinishTask): Promise<RunResult> {
  const { task, parts, paths, context } = finish;
  const { scratchDir, signal } = context;
  const [built] = parts;
  const [input] = paths;
  if (built === undefined || input === undefined) throw comfyError('backend_bad_output', new Error('nothing was made'));
  switch (built.outputKind) {
    case 'video': {
      if (!('frameCount' in task)) throw new RangeError(`${task.type} is no film`);
      const isAlpha = built.outputUse === 'alpha';
      const path = join(scratchDir, isAlpha ? 'film.webm' : 'film.mp4');
      const made = parts.flatMap((part, at) => {
        const madePath = paths[at];
        return madePath === undefined ? [] : [{ path: madePath, built: part }];
      });
      const warnings = await finishFilm(tools, {
        ...{ parts: made, output: path, signal, onProgress: finish.onProgress },
        ...{ canvas: task.canvas, frameRate: task.frameRate, frameCount: task.frameCount },
        ...(isAlpha && finish.inputs.filmPath !== null && { alphaOf: finish.inputs.filmPath }),
      });
      return { path, mediaType: isAlpha ? 'video/webm' : 'video/mp4', warnings };
    }
    case 'image': {
      const path = join(scratchDir, 'picture.png');
      const canvas = 'canvas' in task ? task.canvas : await shownSize(context.inputs.image ?? '');
      await finishPicture({ input, output: path, madeSize: built.size, canvas, signal });
      return { path, mediaType: 'image/png', warnings: [] };
    }
    case 'audio': {
      if (!('durationSeconds' in task)) throw new RangeError(`${task.type} is no sound`);
      const path = join(scratchDir, 'sound.wav');
      await finishSound(tools, { input, output: path, seconds: task.durationSeconds, signal });
      return { path, mediaType: 'audio/wav', warnings: [] };
    }
  }
}
