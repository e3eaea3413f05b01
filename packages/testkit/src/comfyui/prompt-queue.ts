import type { PostedGraph } from './check-graph.ts';
import { NodeFailure } from './graph-values.ts';

export interface QueuedPrompt {
  readonly id: string;
  readonly number: number;
  readonly graph: PostedGraph;
  readonly outputs: readonly string[];
  readonly clientId: string | null;
  readonly showsPreviews: boolean;
  readonly createdAt: number;
}

export type OutputFiles = Record<string, Record<string, unknown>>;
export type StatusMessage = [event: string, data: Record<string, unknown>];

export interface HistoryEntry {
  readonly prompt: QueuedPrompt;
  readonly outputs: OutputFiles;
  readonly statusText: 'success' | 'error';
  readonly messages: readonly StatusMessage[];
}

/** Thrown inside a prompt that was interrupted. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** Where a prompt stands, for tests that break things there. */
export const fakePhases = [
  'queued',
  'started',
  'loading',
  'sampling',
  'decoding',
  'saving',
  'saved',
  'succeeded',
  'over',
] as const;
export type FakePhase = (typeof fakePhases)[number];

export interface QueueDeps {
  /** Runs the nodes and returns what was saved. */
  execute(prompt: QueuedPrompt, signal: AbortSignal): Promise<OutputFiles>;
  tell(event: { type: string; data: Record<string, unknown> }, clientId: string | null): void;
  phase(phase: FakePhase, promptId: string): Promise<void>;
  readonly historyLagMs: () => number;
  readonly isDead: () => boolean;
}

/** Runs prompts one at a time, in the order of their numbers; what is done lies in the history, in memory only. */
export class PromptQueue {
  readonly history = new Map<string, HistoryEntry>();
  readonly #deps: QueueDeps;
  readonly #pending: QueuedPrompt[] = [];
  readonly #killed = new AbortController();
  #running: { prompt: QueuedPrompt; stop: AbortController } | null = null;

  constructor(deps: QueueDeps) {
    this.#deps = deps;
  }

  get running(): QueuedPrompt | null {
    return this.#running?.prompt ?? null;
  }

  get pending(): readonly QueuedPrompt[] {
    return this.#pending;
  }

  put(prompt: QueuedPrompt): void {
    this.#pending.push(prompt);
    this.#pending.sort((a, b) => a.number - b.number);
    void this.#deps.phase('queued', prompt.id).then(() => this.wake());
  }

  wake(): void {
    if (this.#running || this.#killed.signal.aborted || this.#deps.isDead()) return;
    const prompt = this.#pending.shift();
    if (!prompt) return;
    const stop = new AbortController();
    this.#running = { prompt, stop };
    void this.#run(prompt, AbortSignal.any([stop.signal, this.#killed.signal])).finally(() => {
      this.#running = null;
      this.wake();
    });
  }

  /** True when it was there. A prompt that only waited leaves no trace. */
  cancel(id: string): boolean {
    const at = this.#pending.findIndex((prompt) => prompt.id === id);
    if (at >= 0) this.#pending.splice(at, 1);
    return at >= 0 || this.interrupt(id);
  }

  deletePending(id: string): void {
    const at = this.#pending.findIndex((prompt) => prompt.id === id);
    if (at >= 0) this.#pending.splice(at, 1);
  }

  /** Without an id: whatever runs. */
  interrupt(id?: string): boolean {
    if (!this.#running || (id !== undefined && this.#running.prompt.id !== id)) return false;
    this.#running.stop.abort(new Interrupted());
    return true;
  }

  /** The process is gone, and with it everything here. */
  kill(): void {
    this.#killed.abort(new Error('killed'));
  }

  async #run(prompt: QueuedPrompt, signal: AbortSignal): Promise<void> {
    const { phase } = this.#deps;
    const messages: StatusMessage[] = [];
    const note = (event: string, data: Record<string, unknown>, toAll = false): void => {
      const full = { prompt_id: prompt.id, ...data, timestamp: Date.now() };
      messages.push([event, full]);
      this.#deps.tell({ type: event, data: full }, toAll ? null : prompt.clientId);
    };
    let entry: HistoryEntry;
    try {
      note('execution_start', {});
      await phase('started', prompt.id);
      const outputs = await this.#deps.execute(prompt, signal);
      note('execution_success', {});
      entry = { prompt, outputs, statusText: 'success', messages };
      await phase('succeeded', prompt.id);
    } catch (error) {
      if (this.#killed.signal.aborted) return;
      if (signal.aborted) note('execution_interrupted', { node_id: '', node_type: '', executed: [] }, true);
      else note('execution_error', describe(error));
      entry = { prompt, outputs: {}, statusText: 'error', messages };
    }
    // The end is told before it is written down.
    await new Promise((resolve) => setTimeout(resolve, this.#deps.historyLagMs()));
    if (this.#killed.signal.aborted) return;
    this.history.set(prompt.id, entry);
    this.#deps.tell({ type: 'executing', data: { node: null, prompt_id: prompt.id } }, prompt.clientId);
    await phase('over', prompt.id);
  }
}

const describe = (error: unknown): Record<string, unknown> => ({
  node_id: '50',
  node_type: 'KSampler',
  executed: [],
  exception_message: error instanceof Error ? error.message : String(error),
  exception_type: error instanceof NodeFailure ? error.exceptionType : 'Exception',
  traceback: [],
  current_inputs: {},
  current_outputs: [],
});

/** `GET /api/jobs/{id}`: fields without a value are left out. */
export function jobBody(queue: PromptQueue, id: string, hasCancelled: boolean): Record<string, unknown> | null {
  const done = queue.history.get(id);
  if (done) return historyBody(done, hasCancelled);
  const waiting = queue.pending.find((prompt) => prompt.id === id);
  const prompt = waiting ?? (queue.running?.id === id ? queue.running : null);
  if (!prompt) return null;
  return {
    id,
    status: waiting ? 'pending' : 'in_progress',
    priority: prompt.number,
    create_time: prompt.createdAt,
    outputs_count: 0,
  };
}

function historyBody({ prompt, outputs, statusText, messages }: HistoryEntry, hasCancelled: boolean): Record<string, unknown> {
  const error = messages.find(([event]) => event === 'execution_error')?.[1];
  const wasInterrupted = messages.some(([event]) => event === 'execution_interrupted');
  return {
    id: prompt.id,
    status: statusText === 'success' ? 'completed' : wasInterrupted && hasCancelled ? 'cancelled' : 'failed',
    priority: prompt.number,
    create_time: prompt.createdAt,
    ...(error && { execution_error: error }),
    outputs_count: Object.keys(outputs).length,
    outputs,
    execution_status: { status_str: statusText, completed: statusText === 'success', messages },
    workflow: { prompt: prompt.graph, extra_data: { client_id: prompt.clientId } },
  };
}
