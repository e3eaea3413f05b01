import type { Capability, RunnerName } from '@polyreel/core';
import { createComfyRunner, createCpuRunner, createToolRunner, type Runner, type SpeechTools } from '@polyreel/gpu-runner';
import type { Logger } from 'pino';
import type { WorkerConfig } from './deps.ts';

/** Servers that have not answered by then are looked at again while the worker is already at work. */
const firstLookMs = 10_000;

/**
 * The runners of this process: real models and tools, or the stand-in for models and tools. A generative task is never given to the
 * stand-in on a server that is set up for real models.
 */
export async function openRunners(
  config: WorkerConfig,
  { speech, logger }: { speech: SpeechTools | null; logger: Logger },
): Promise<ReadonlyMap<RunnerName, Runner>> {
  const media = { ffmpegPath: config.ffmpegPath, ffprobePath: config.ffprobePath };
  const tool = createToolRunner({ ...media, speech });
  const { generation } = config;
  if (generation.runner === 'cpu')
    return new Map<RunnerName, Runner>([
      ['cpu', createCpuRunner(media)],
      ['tool', tool],
    ]);
  const comfyui = createComfyRunner({
    ...media,
    ...{ urls: generation.urls, headers: generation.headers, quality: config.generationQuality },
    ...{ warmsUp: generation.warmsUp, allowNonCommercial: generation.allowNonCommercial },
    onServer: (fields, text) => logger.info(fields, text),
  });
  // Only who takes steps for cards needs to know what they can do.
  if (config.workerQueues.includes('gpu')) await comfyui.examine(AbortSignal.timeout(firstLookMs));
  return new Map<RunnerName, Runner>([
    ['comfyui', comfyui],
    ['tool', tool],
  ]);
}

/** As they are now. A runner that says no more than its tasks does them with every model: `*`. */
export const capabilitiesOf = (runners: Iterable<Runner>): Capability[] =>
  [...runners].flatMap(
    (runner) =>
      runner.capabilities?.() ?? [...runner.tasks].map((task) => ({ runner: runner.name, kind: runner.kind, task, model: '*' })),
  );
