import { availableParallelism } from 'node:os';
import { type RunnerTaskType, StepError } from '@polyreel/core';
import type { Runner } from '../../runner.ts';
import type { CpuTools } from './executor.ts';
import { image } from './image/image.ts';
import { closeMotion, motionTasks } from './motion/index.ts';
import { music } from './music/music.ts';
import { abortedError } from './run-errors.ts';
import { textToVideo } from './scenes/text-to-video.ts';
import { soundEffect } from './sound/sound-effect.ts';

export interface CpuRunnerOptions {
  readonly ffmpegPath: string;
  readonly ffprobePath: string;
  /** Drawing threads of one run. Default: two, or one on a single core. */
  readonly threads?: number;
}

const tasks: ReadonlySet<RunnerTaskType> = new Set<RunnerTaskType>([
  'text-to-video',
  'image-to-video',
  'first-last-frame',
  'talking-head',
  'sound-effect',
  'music',
  'image',
]);

/** The stand-in for a generative model on machines without a GPU. Needs nothing but ffmpeg. */
export const createCpuRunner = (options: CpuRunnerOptions): Runner => {
  const tools: CpuTools = {
    ffmpegPath: options.ffmpegPath,
    ffprobePath: options.ffprobePath,
    threads: options.threads ?? Math.min(2, availableParallelism()),
  };
  return {
    name: 'cpu',
    kind: 'reference',
    tasks,
    async run(task, context) {
      if (context.signal.aborted) throw abortedError(context.signal);
      switch (task.type) {
        case 'text-to-video':
          return textToVideo(task, context, tools);
        case 'image-to-video':
          return motionTasks['image-to-video'](task, context, tools);
        case 'first-last-frame':
          return motionTasks['first-last-frame'](task, context, tools);
        case 'talking-head':
          return motionTasks['talking-head'](task, context, tools);
        case 'sound-effect':
          return soundEffect(task, context);
        case 'music':
          return music(task, context);
        case 'image':
          return image(task, context, tools);
        default:
          throw new StepError({
            code: 'unsupported_task',
            publicMessage: `The cpu runner cannot do ${task.type}`,
            permanent: true,
          });
      }
    },
    close: closeMotion,
  };
};
