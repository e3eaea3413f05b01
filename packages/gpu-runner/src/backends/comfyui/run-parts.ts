import { randomUUID } from 'node:crypto';
import { basename, extname, join } from 'node:path';
import type { RunContext } from '../../runner.ts';
import type { FileRef } from './answers.ts';
import { comfyError, isComfyFailure } from './comfy-errors.ts';
import type { ComfyHttp } from './comfy-http.ts';
import { type BuiltGraph, finishGraph } from './graphs/graph.ts';
import type { Instance } from './instance.ts';
import type { PreparedInputs } from './prepare-inputs.ts';
import { promptIdOf } from './prompt-id.ts';
import { type PromptTimes, runPrompt } from './run-prompt.ts';

/** Names of a run, of this attempt and of those before it; the first one is always there. */
export type RunNames = readonly [string, ...string[]];

/** What every run of ours puts its files under, on the server. */
export const serverFolder = 'polyreel';

export interface PartsRun {
  readonly http: ComfyHttp;
  readonly parts: readonly BuiltGraph[];
  readonly names: RunNames;
  readonly inputs: PreparedInputs;
  /** Downloads go here. */
  readonly folder: string;
  readonly times: PromptTimes;
  readonly context: Pick<RunContext, 'signal' | 'isHandedOver' | 'onPreview'>;
  onProgress(ratio: number): void;
  /** A server may have taken work on. */
  onPosted(): void;
}

const openStates: ReadonlySet<string> = new Set(['pending', 'in_progress', 'completed']);

/** The server on which an attempt of this run left a prompt; undefined: none did. Servers that do not answer are passed by. */
export async function findHost(
  instances: readonly Instance[],
  names: RunNames,
  signal: AbortSignal,
): Promise<Instance | undefined> {
  const found = await Promise.all(
    instances
      .filter(({ state }) => state === 'up')
      .map(async (instance) =>
        (await findPrompt(instance.http, names, 0, signal).catch(() => null))?.isPosted ? instance : undefined,
      ),
  );
  signal.throwIfAborted();
  return found.find((instance) => instance !== undefined);
}

/** The prompt of a part: one that an attempt left there and that may yet end well, else a new one. */
async function findPrompt(
  http: ComfyHttp,
  names: RunNames,
  part: number,
  signal: AbortSignal,
): Promise<{ promptId: string; isPosted: boolean }> {
  for (const name of names) {
    const promptId = promptIdOf(name, part, 0);
    const job = await http.job(promptId, signal);
    if (job && openStates.has(job.status)) return { promptId, isPosted: true };
  }
  // An attempt that was handed back runs under its old name again: the ids that it has used up are passed by.
  for (let again = 0; ; again += 1) {
    const promptId = promptIdOf(names[0], part, again);
    const job = await http.job(promptId, signal);
    if (job === null) return { promptId, isPosted: false };
    if (openStates.has(job.status)) return { promptId, isPosted: true };
  }
}

/** Runs the graphs of a task one after the other on one server and fetches what they made. Throws StepError. */
export async function runParts(run: PartsRun): Promise<string[]> {
  const made: string[] = [];
  let before: FileRef | null = null;
  for (const [at, built] of run.parts.entries()) {
    const { file, path } = await runPart(run, built, at, before);
    before = file;
    made.push(path);
  }
  return made;
}

async function runPart(
  run: PartsRun,
  built: BuiltGraph,
  at: number,
  before: FileRef | null,
): Promise<{ file: FileRef; path: string }> {
  const { http, context, parts } = run;
  const { signal } = context;
  const { promptId, isPosted } = await findPrompt(http, run.names, at, signal);
  // No two prompts write under one name, not even one that is posted twice: equal graphs are answered with the file of the first.
  const outputPrefix = `${serverFolder}/${promptId}-${randomUUID().slice(0, 8)}`;
  const names = isPosted ? built.inputs.map(() => '') : await uploadInputs(run, built, promptId, before);
  const files = await runPrompt({
    ...{ http, promptId, isPosted, signal, times: run.times, onPreview: context.onPreview },
    graph: finishGraph(built, { outputPrefix, names }),
    outputNodeId: built.outputNodeId,
    isHandedOver: () => context.isHandedOver?.() ?? false,
    onPosted: run.onPosted,
    onProgress: (ratio) => run.onProgress((at + ratio * 0.95) / parts.length),
  });
  try {
    const [file] = files;
    if (file === undefined) throw comfyError('backend_bad_output', new Error('no file was made'));
    const path = join(run.folder, `made-${at}${safeEnding(file.filename)}`);
    await http.download(file, path, signal);
    return { file, path };
  } catch (error) {
    // What is of no use must not be found again by the next attempt.
    if (isComfyFailure(error, 'backend_bad_output')) await forgetPrompt(http, promptId);
    throw error;
  }
}

const forgetMs = 5000;

const forgetPrompt = (http: ComfyHttp, promptId: string): Promise<void> =>
  http.forget(promptId, AbortSignal.timeout(forgetMs)).catch(() => undefined);

/** Lets go of a run's prompts whose files turned out to be of no use. */
export async function forgetRun({ http, names, parts }: Pick<PartsRun, 'http' | 'names' | 'parts'>): Promise<void> {
  for (const name of names)
    for (const [part] of parts.entries()) for (const again of [0, 1]) await forgetPrompt(http, promptIdOf(name, part, again));
}

const safeEnding = (name: string): string => (/^\.[a-z0-9]{1,5}$/.test(extname(name)) ? extname(name) : '.bin');

async function uploadInputs(run: PartsRun, built: BuiltGraph, promptId: string, before: FileRef | null): Promise<string[]> {
  const names: string[] = [];
  for (const [at, input] of built.inputs.entries()) {
    if (input.source === 'previous') {
      if (before === null) throw comfyError('backend_bad_output', new Error('there is no part before'));
      names.push(`${before.subfolder === '' ? '' : `${before.subfolder}/`}${basename(before.filename)} [output]`);
      continue;
    }
    const { path, ending } = await run.inputs.bring(input);
    names.push(await run.http.upload({ path, name: `${promptId}-${at}.${ending}`, subfolder: serverFolder }, run.context.signal));
  }
  return names;
}
