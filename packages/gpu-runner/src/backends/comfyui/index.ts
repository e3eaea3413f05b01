import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Capability,
  filmTaskSchema,
  requiredInputs,
  type RunnerTask,
  type RunnerTaskType,
  StepError,
  taskInputRoles,
} from '@polyreel/core';
import { assertEncodableCanvas, type MediaTools } from '@polyreel/media';
import type { RunContext, Runner, RunResult } from '../../runner.ts';
import { abortedError, toStepError } from '../cpu/run-errors.ts';
import { isComfyFailure } from './comfy-errors.ts';
import { createComfyHttp } from './comfy-http.ts';
import { finishTask } from './finish-task.ts';
import { recipesOf } from './graphs/recipes.ts';
import type { GraphPolicy, Quality } from './graphs/recipes.ts';
import { capabilitiesOf, type SelectedGraphs, selectGraph } from './graphs/select-graph.ts';
import { Instance } from './instance.ts';
import { type ComfyPool, createComfyPool, defaultPoolTimes, type PoolLease, type PoolTimes } from './pool.ts';
import { missing, type PreparedInputs, prepareInputs } from './prepare-inputs.ts';
import { findHost, forgetRun, type RunNames, runParts } from './run-parts.ts';
import { defaultPromptTimes, type PromptTimes } from './run-prompt.ts';
import { warmUp } from './warm-up.ts';

export { reportServer, type ServerReport } from './server-report.ts';

export interface ComfyRunnerOptions extends MediaTools {
  /** One a card. */
  readonly urls: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly quality: Quality;
  /** Weights whose licence forbids commercial use may be used. Default: no. */
  readonly allowNonCommercial?: boolean;
  /** A server that comes up is given a small film, so that its models are loaded when the first job comes. Default: yes. */
  readonly warmsUp?: boolean;
  readonly times?: Partial<PromptTimes & PoolTimes>;
  /** Told of what happens to servers; for the log. */
  onServer?(fields: Readonly<Record<string, unknown>>, text: string): void;
}

export interface ComfyRunner extends Runner {
  capabilities(): readonly Capability[];
  /** Looks at every server once, or as far as it comes before the signal. */
  examine(signal: AbortSignal): Promise<void>;
}

/** Cards below it cannot hold two families of models: the one is unloaded before the other is loaded. */
const smallCardBytes = 40 * 2 ** 30;
/** Of the run's own time limit: what is left is for stopping and for telling why. */
const deadlineShare = 0.95;
/** Share of the progress that the server's work is; the rest is bringing it into form. */
const serverShare = 0.92;
const freeMs = 10_000;

/** Real models on one or more ComfyUI servers. */
export function createComfyRunner(options: ComfyRunnerOptions): ComfyRunner {
  const tools: MediaTools = { ffmpegPath: options.ffmpegPath, ffprobePath: options.ffprobePath };
  const times = { ...defaultPromptTimes, ...defaultPoolTimes, ...options.times };
  const policy: GraphPolicy = { quality: options.quality, allowNonCommercial: options.allowNonCommercial ?? false };
  const instances = options.urls.map((baseUrl) => new Instance(createComfyHttp({ baseUrl, headers: options.headers })));
  const closing = new AbortController();
  const tell = options.onServer ?? (() => undefined);
  const pool: ComfyPool = createComfyPool({
    instances,
    times,
    onFresh(instance) {
      tell({ url: instance.http.baseUrl, system: instance.examination?.stats }, 'ComfyUI is there');
      if (options.warmsUp !== false)
        void warmUp({ pool, instance, policy, times, signal: closing.signal }).then((error) => {
          if (error !== null && !closing.signal.aborted)
            tell({ url: instance.http.baseUrl, err: error }, 'ComfyUI could not be warmed up');
        });
    },
  });
  const capabilities = (): Capability[] => {
    const rows = new Map<string, Capability>();
    for (const available of pool.remembered())
      for (const row of capabilitiesOf(available, policy)) rows.set(`${row.task} ${row.model}`, row);
    return [...rows.values()];
  };
  const engine: Engine = { tools, pool, policy, times };
  return {
    name: 'comfyui',
    kind: 'model',
    get tasks(): ReadonlySet<RunnerTaskType> {
      return new Set(capabilities().map(({ task }) => task));
    },
    capabilities,
    examine: (signal) => pool.examineAll(signal),
    async run(task, context) {
      if (context.signal.aborted) throw abortedError(context.signal);
      return runTask(engine, task, context).catch((error: unknown) => {
        throw toStepError(error, context.signal);
      });
    },
    async close() {
      closing.abort();
      pool.close();
    },
  };
}

interface Engine {
  readonly tools: MediaTools;
  readonly pool: ComfyPool;
  readonly policy: GraphPolicy;
  readonly times: PromptTimes;
}

async function runTask(engine: Engine, task: RunnerTask, context: RunContext): Promise<RunResult> {
  assertPossible(task, context);
  const folder = await mkdtemp(join(context.scratchDir, 'comfyui-'));
  const onProgress = rising(context.onProgress);
  onProgress(0);
  try {
    const inputs = await prepareInputs(engine.tools, { ...context, scratchDir: folder });
    const made = await generate(engine, { task, context, inputs, folder, onProgress });
    const { parts, warnings } = made.selected;
    const result = await finishTask(engine.tools, {
      ...{ task, parts, paths: made.paths, inputs, context },
      onProgress: (ratio) => onProgress(serverShare + ratio * (0.99 - serverShare)),
    }).catch(async (error: unknown) => {
      if (isComfyFailure(error, 'backend_bad_output')) await made.forget();
      throw error;
    });
    context.signal.throwIfAborted();
    onProgress(1);
    return { ...result, warnings: [...warnings, ...result.warnings] };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Throws what no server could ever do. */
function assertPossible(task: RunnerTask, { inputs }: RunContext): void {
  if (recipesOf(task.type).length === 0)
    throw new StepError({ code: 'unsupported_task', publicMessage: `ComfyUI cannot do ${task.type}`, permanent: true });
  if (
    filmTaskSchema.safeParse(task).success ||
    task.type === 'upscale-video' ||
    task.type === 'interpolate' ||
    task.type === 'cut-out-video'
  )
    if ('canvas' in task) assertEncodableCanvas(task.canvas);
  const [lacking] = requiredInputs[task.type].filter((role) => inputs[role] === undefined);
  if (lacking) throw missing(lacking);
}

interface Generation {
  readonly task: RunnerTask;
  readonly context: RunContext;
  readonly inputs: PreparedInputs;
  readonly folder: string;
  onProgress(ratio: number): void;
}

interface Generated {
  readonly selected: SelectedGraphs;
  readonly paths: readonly string[];
  /** The next attempt is not to find what this one made. */
  forget(): Promise<void>;
}

/** Has the task made on a server of the pool, which is free again when this returns. */
async function generate(engine: Engine, generation: Generation): Promise<Generated> {
  for (;;) {
    const work = { isPosted: false };
    try {
      return await generateOnce(engine, generation, work);
    } catch (error) {
      // Nobody has begun: the server is known to be away by now, and another one, or the same when it is back, is as good.
      if (work.isPosted || !isComfyFailure(error, 'backend_unreachable')) throw error;
    }
  }
}

async function generateOnce(engine: Engine, generation: Generation, work: { isPosted: boolean }): Promise<Generated> {
  const { context, inputs, folder } = generation;
  const names = runNames(context);
  const lease = await findServer(engine, generation, names);
  const { instance, value: selected } = lease;
  const { http } = instance;
  const { parts } = selected;
  try {
    await makeRoom(lease, context.signal);
    const deadlineMs = Math.min(engine.times.deadlineMs, (context.timeoutMs ?? Number.POSITIVE_INFINITY) * deadlineShare);
    const paths = await runParts({
      ...{ http, parts, names, inputs, folder, context, times: { ...engine.times, deadlineMs } },
      onProgress: (ratio) => generation.onProgress(ratio * serverShare),
      onPosted() {
        work.isPosted = true;
      },
    });
    lease.release(null);
    return { selected, paths, forget: () => forgetRun({ http, names, parts }) };
  } catch (error) {
    if (isComfyFailure(error, 'backend_out_of_memory')) await http.free(AbortSignal.timeout(freeMs)).catch(() => undefined);
    lease.release(error);
    throw error;
  }
}

/** A free server that can do the task; the one where an earlier attempt left its work, while that is up. */
async function findServer({ pool, policy }: Engine, generation: Generation, names: RunNames): Promise<PoolLease<SelectedGraphs>> {
  const { task, context, inputs } = generation;
  const { signal } = context;
  const roles = taskInputRoles.filter((role) => context.inputs[role] !== undefined);
  const sources = { roles, ...(inputs.film && { film: inputs.film }) };
  const host = context.runNames ? await findHost(pool.instances, names, signal) : undefined;
  return pool.acquire({
    signal,
    host,
    fit(available) {
      const selected = selectGraph(task, available, { policy, sources });
      const family = selected.isReady ? selected.parts[0]?.family : undefined;
      return selected.isReady && family !== undefined ? { family, value: selected } : null;
    },
  });
}

/** A small card cannot hold what the last task left and what this one needs. */
async function makeRoom({ instance, value }: PoolLease<SelectedGraphs>, signal: AbortSignal): Promise<void> {
  const bytes = Math.max(0, ...(instance.examination?.stats.devices.map((device) => device.vram_total) ?? []));
  const isOther = instance.family !== null && instance.family !== value.parts[0]?.family;
  if (isOther && bytes < smallCardBytes) await instance.http.free(signal);
}

function runNames({ runNames: given }: RunContext): RunNames {
  const [first, ...others] = given ?? [];
  return [first ?? randomUUID(), ...others];
}

function rising(onProgress: (ratio: number) => void): (ratio: number) => void {
  let best = -1;
  return (ratio) => {
    if (ratio <= best) return;
    best = ratio;
    onProgress(ratio);
  };
}
