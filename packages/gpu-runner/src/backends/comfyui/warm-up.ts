import { randomUUID } from 'node:crypto';
import type { RunnerTask } from '@polyreel/core';
import { finishGraph } from './graphs/graph.ts';
import type { GraphPolicy } from './graphs/recipes.ts';
import { selectGraph } from './graphs/select-graph.ts';
import type { Instance } from './instance.ts';
import type { ComfyPool } from './pool.ts';
import { serverFolder } from './run-parts.ts';
import { type PromptTimes, runPrompt } from './run-prompt.ts';

/** The smallest film of the models that most jobs ask for. */
const smallFilm: RunnerTask = {
  type: 'text-to-video',
  model: 'wan22',
  canvas: { width: 64, height: 64 },
  frameRate: { numerator: 16, denominator: 1 },
  frameCount: 5,
  seed: 0,
  prompt: 'a calm sea',
  negativePrompt: '',
};

export interface WarmUp {
  readonly pool: ComfyPool;
  readonly instance: Instance;
  readonly policy: GraphPolicy;
  readonly times: PromptTimes;
  readonly signal: AbortSignal;
}

/** Lets a server load the models of text-to-video, where it has them. Returns what went wrong, or null. */
export async function warmUp({ pool, instance, policy, times, signal }: WarmUp): Promise<unknown> {
  const { examination, http } = instance;
  if (!examination) return null;
  const select = () => selectGraph(smallFilm, examination.available, { policy, sources: { roles: [] } });
  if (!select().isReady) return null;
  const lease = await pool
    .acquire({
      signal,
      only: instance,
      fit() {
        const selected = select();
        const [part] = selected.isReady ? selected.parts : [];
        return part ? { family: part.family, value: part } : null;
      },
    })
    .catch(() => null);
  if (!lease) return null;
  const { value: part } = lease;
  try {
    const promptId = randomUUID();
    await runPrompt({
      ...{ http, promptId, times, signal, isPosted: false, outputNodeId: part.outputNodeId },
      graph: finishGraph(part, { outputPrefix: `${serverFolder}/${promptId}`, names: [] }),
      isHandedOver: () => false,
      onProgress: () => undefined,
    });
    lease.release(null);
    return null;
  } catch (error) {
    lease.release(error);
    return error;
  }
}
