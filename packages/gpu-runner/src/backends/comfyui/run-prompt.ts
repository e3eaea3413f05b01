import { setTimeout as sleep } from 'node:timers/promises';
import { type FileRef, fileRefSchema, type JobAnswer } from './answers.ts';
import { comfyError, executionFailure, isComfyFailure } from './comfy-errors.ts';
import { type ComfyEvent, openComfyEvents } from './comfy-events.ts';
import type { ComfyHttp } from './comfy-http.ts';
import type { Graph } from './graphs/graph.ts';
import { createPromptProgress } from './prompt-progress.ts';

export interface PromptTimes {
  /** Between two looks at a prompt; a little more or less each time. */
  readonly pollMs: number;
  /** After a hint that it is over. */
  readonly hintedPollMs: number;
  /** Without any answer for so long, the server counts as gone. */
  readonly unreachableMs: number;
  /** Waiting on a server that runs nothing, for so long: its worker thread is dead. */
  readonly idleMs: number;
  /** How long a prompt may be waited for; a prompt that is not done is cancelled. */
  readonly deadlineMs: number;
}
export const defaultPromptTimes: PromptTimes = {
  pollMs: 1000,
  hintedPollMs: 100,
  unreachableMs: 30_000,
  idleMs: 60_000,
  deadlineMs: 60 * 60_000,
};

export interface PromptRun {
  readonly http: ComfyHttp;
  readonly promptId: string;
  readonly graph: Graph;
  readonly outputNodeId: string;
  /** The server has it already: it is only waited for. */
  readonly isPosted: boolean;
  readonly times: PromptTimes;
  readonly signal: AbortSignal;
  /** Asked when the signal aborts: another process goes on with this prompt, so it is left running. */
  readonly isHandedOver: () => boolean;
  readonly onPreview?: ((jpeg: Uint8Array) => void) | undefined;
  /** The server may have taken the prompt on. */
  onPosted?(): void;
  /** 0..1, never falling. */
  onProgress(ratio: number): void;
}

/** Times that a look-up may say "unknown" before a prompt counts as lost: one may fall between queue and history. */
const unknownMost = 2;
/** Answers in a row that cannot be read. */
const unreadableMost = 5;
const openMs = 3000;
const cancelMs = 3000;

/**
 * Runs one prompt to its end and names the files that it left. What the server says of the prompt decides, never the socket. An abort
 * cancels the prompt, unless it is handed over. Throws StepError, or the signal's reason.
 */
export async function runPrompt(run: PromptRun): Promise<readonly FileRef[]> {
  const { http, promptId, signal } = run;
  const progress = createPromptProgress(run.graph, Math.min(run.times.deadlineMs / 10, 120_000));
  const bell = createHintBell();
  const report = (): void => run.onProgress(progress.ratio());
  const hear = (event: ComfyEvent): void => {
    // A picture without an id came on our own connection, on which only this prompt was posted.
    if (event.promptId !== promptId && event.promptId !== null) return;
    if (event.type === 'preview') run.onPreview?.(event.jpeg);
    if (event.type === 'over') bell.ring();
    progress.hear(event);
    report();
  };
  const events = run.isPosted ? null : openComfyEvents({ http, hear });
  let isOver = false;
  try {
    if (events) {
      await events.untilOpen(openMs);
      signal.throwIfAborted();
      await post(run, events.clientId);
    }
    run.onPosted?.();
    const job = await untilEnded(run, bell, report);
    isOver = true;
    return outputsOf(job, run.outputNodeId);
  } catch (error) {
    if (isComfyFailure(error, 'backend_lost', 'backend_refused', 'backend_misconfigured') || run.isHandedOver()) isOver = true;
    throw error;
  } finally {
    events?.close();
    bell.close();
    // Whatever broke here, the prompt must not go on for nobody. The signal is used up.
    if (!isOver) await http.cancel(promptId, AbortSignal.timeout(cancelMs)).catch(() => undefined);
  }
}

/** A post whose answer was lost may have arrived: it is looked up before it is sent again, under the same id. */
async function post(run: PromptRun, clientId: string): Promise<void> {
  const { http, promptId, graph, signal } = run;
  const prompt = { promptId, graph, clientId, showsPreviews: run.onPreview !== undefined };
  try {
    await http.post(prompt, signal);
  } catch (error) {
    if (!isComfyFailure(error, 'backend_unreachable')) throw error;
    if ((await http.job(promptId, signal)) === null) await http.post(prompt, signal);
  }
}

async function untilEnded(run: PromptRun, bell: HintBell, report: () => void): Promise<JobAnswer> {
  const { http, promptId, times, signal } = run;
  const deadline = performance.now() + times.deadlineMs;
  let answeredAt = performance.now();
  let busyAt = performance.now();
  let unknown = 0;
  let unreadable = 0;
  for (;;) {
    signal.throwIfAborted();
    try {
      const job = await http.job(promptId, signal);
      answeredAt = performance.now();
      unreadable = 0;
      unknown = job === null ? unknown + 1 : 0;
      if (unknown >= unknownMost) throw comfyError('backend_lost');
      if (job && job.status !== 'pending' && job.status !== 'in_progress') return job;
      if (job?.status !== 'pending' || (await isWorking(http, signal))) busyAt = performance.now();
    } catch (error) {
      if (isComfyFailure(error, 'backend_bad_answer')) unreadable += 1;
      else if (!isComfyFailure(error, 'backend_unreachable')) throw error;
      if (unreadable >= unreadableMost) throw error;
      if (performance.now() - answeredAt > times.unreachableMs) throw error;
    }
    const now = performance.now();
    if (now - busyAt > times.idleMs)
      throw comfyError('backend_stalled', new Error(`${promptId} waits on a server that runs nothing`));
    if (now > deadline) throw comfyError('backend_timeout', new Error(`${promptId} is not done after ${times.deadlineMs} ms`));
    report();
    await bell.wait(unknown > 0 ? times.hintedPollMs : times.pollMs * (0.8 + Math.random() * 0.4), times.hintedPollMs, signal);
  }
}

const isWorking = async (http: ComfyHttp, signal: AbortSignal): Promise<boolean> => (await http.queue(signal)).running.length > 0;

/** Files of a prompt that ended well. Throws what its end means. */
function outputsOf(job: JobAnswer, outputNodeId: string): FileRef[] {
  const interrupted = job.execution_status?.messages.some(([event]) => event === 'execution_interrupted') ?? false;
  if (job.status === 'cancelled' || (job.status === 'failed' && interrupted)) throw comfyError('backend_interrupted');
  if (job.status === 'failed')
    throw job.execution_error
      ? executionFailure(job.execution_error)
      : comfyError('backend_failed', new Error('no reason was given'));
  const files = Object.values(job.outputs?.[outputNodeId] ?? {})
    .flatMap((value) => (Array.isArray(value) ? value : []))
    .flatMap((value) => {
      const file = fileRefSchema.safeParse(value);
      return file.success && file.data.type === 'output' ? [file.data] : [];
    });
  if (files.length === 0) throw comfyError('backend_bad_output', new Error(`node ${outputNodeId} left no file`));
  return files;
}

interface HintBell {
  ring(): void;
  /** For so long, or the shorter time from a ring on. Returns at once when aborted. */
  wait(ms: number, rungMs: number, signal: AbortSignal): Promise<void>;
  close(): void;
}

/** A hint is not the end: history may be written a moment later, so it only makes the next looks come soon. */
function createHintBell(): HintBell {
  let rung = 0;
  let release = new AbortController();
  return {
    ring() {
      // So many looks come soon before the hint is taken for a false one.
      rung = 20;
      release.abort();
    },
    async wait(ms, rungMs, signal) {
      release = new AbortController();
      const waitMs = rung > 0 ? rungMs : ms;
      rung = Math.max(0, rung - 1);
      await sleep(waitMs, undefined, { signal: AbortSignal.any([signal, release.signal]) }).catch(() => undefined);
    },
    close: () => release.abort(),
  };
}
