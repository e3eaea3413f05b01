import { availableParallelism } from 'node:os';
import { type RunnerTask, type RunnerTaskType, StepError } from '@polyreel/core';
import type { RunContext, Runner, RunResult } from '../../runner.ts';
import { abortedError, toStepError } from '../cpu/run-errors.ts';
import type { ToolExecutor, ToolTools } from './executor.ts';
import { cutOutImage } from './cut-out/cut-out-image.ts';
import { cutOutVideo } from './cut-out/cut-out-video.ts';
import { interpolate } from './interpolate/index.ts';
import { speech } from './speech/speech.ts';
import type { SpeechTools } from './speech/speech-tools.ts';
import { upscaleImage } from './upscale/upscale-image.ts';
import { upscaleVideo } from './upscale/upscale-video.ts';
import { vectorise } from './vectorise/index.ts';

export interface ToolRunnerOptions {
  readonly ffmpegPath: string;
  readonly ffprobePath: string;
  /** Threads of one run. Default: two, or one on a single core. */
  readonly threads?: number;
  /** What `findSpeech` found; without it speech is not declared. */
  readonly speech?: SpeechTools | null;
}

export { findSpeech, type SpeechEndpoint, type SpeechTools } from './speech/speech-tools.ts';

/** One executor a task. A task that is missing here is not declared. */
const executors = {
  vectorise,
  'upscale-image': upscaleImage,
  'upscale-video': upscaleVideo,
  interpolate,
  speech,
  'cut-out-image': cutOutImage,
  'cut-out-video': cutOutVideo,
} satisfies { [T in RunnerTaskType]?: ToolExecutor<T> };

type ToolTaskType = keyof typeof executors;
const tasks: ReadonlySet<RunnerTaskType> = new Set<RunnerTaskType>([
  'vectorise',
  'upscale-image',
  'upscale-video',
  'interpolate',
  'cut-out-image',
  'cut-out-video',
] satisfies ToolTaskType[]);

/** The real thing on any machine: tracers, models with weights inside their package, filters. Stands in for nothing. */
export const createToolRunner = (options: ToolRunnerOptions): Runner => {
  const tools: ToolTools = {
    ffmpegPath: options.ffmpegPath,
    ffprobePath: options.ffprobePath,
    threads: options.threads ?? Math.min(2, availableParallelism()),
    speech: options.speech ?? null,
  };
  return {
    name: 'tool',
    kind: 'tool',
    tasks: tools.speech ? new Set([...tasks, 'speech' as const]) : tasks,
    async run(task, context) {
      if (context.signal.aborted) throw abortedError(context.signal);
      return runTask(task, context, tools).catch((error: unknown) => {
        throw toStepError(error, context.signal);
      });
    },
    close: async () => undefined,
  };
};

async function runTask(task: RunnerTask, context: RunContext, tools: ToolTools): Promise<RunResult> {
  switch (task.type) {
    case 'vectorise':
      return executors.vectorise(task, context, tools);
    case 'upscale-image':
      return executors['upscale-image'](task, context, tools);
    case 'upscale-video':
      return executors['upscale-video'](task, context, tools);
    case 'interpolate':
      return executors.interpolate(task, context, tools);
    case 'speech':
      return executors.speech(task, context, tools);
    case 'cut-out-image':
      return executors['cut-out-image'](task, context, tools);
    case 'cut-out-video':
      return executors['cut-out-video'](task, context, tools);
    default:
      throw new StepError({
        code: 'unsupported_task',
        publicMessage: `The tool runner cannot do ${task.type}`,
        permanent: true,
      });
  }
}
