import type { SystemStats } from './answers.ts';
import { comfyError, isComfyFailure } from './comfy-errors.ts';
import type { ComfyHttp } from './comfy-http.ts';
import { type Available, modelFiles } from './graphs/model-files.ts';

/** What a server said of itself when it was last looked at. */
export interface Examination {
  readonly available: Available;
  readonly stats: SystemStats;
}

/** The oldest version that tells of single prompts by id. */
const oldestVersion = [0, 8, 0] as const;

const folders: readonly string[] = [...new Set(Object.values(modelFiles).map(([folder]) => folder))];

/** Reads what a server is and has. Throws StepError: `backend_misconfigured` for one that is too old. */
export async function examine(http: ComfyHttp, signal: AbortSignal): Promise<Examination> {
  const stats = await http.systemStats(signal);
  const version = stats.system.comfyui_version;
  if (isOlder(version, oldestVersion))
    throw comfyError(
      'backend_misconfigured',
      new Error(`ComfyUI ${version} at ${http.baseUrl} is older than ${oldestVersion.join('.')}`),
    );
  const nodes = await http.nodeClasses(signal);
  const files = new Map<string, ReadonlySet<string>>();
  for (const folder of folders) files.set(folder, new Set(await http.modelFiles(folder, signal)));
  return { available: { nodes, files }, stats };
}

function isOlder(version: string, than: readonly number[]): boolean {
  const numbers = version.replace(/^v/, '').split(/[.+-]/).map(Number);
  for (const [at, wanted] of than.entries()) {
    const found = numbers[at] ?? 0;
    // A version that is no number is a build of somebody's own: taken at its word.
    if (Number.isNaN(found) || found > wanted) return false;
    if (found < wanted) return true;
  }
  return false;
}

export type InstanceState = 'unknown' | 'up' | 'down';

/** Two deadlines missed in a row, or a server that takes work and does none, and it rests; each time twice as long. */
const strikesMost = 2;
const restMs = { first: 60_000, most: 15 * 60_000 } as const;

/** One server as the pool sees it. */
export class Instance {
  readonly http: ComfyHttp;
  state: InstanceState = 'unknown';
  /** What it had when it was last seen; null: never seen. */
  examination: Examination | null = null;
  /** By `performance.now()`; of the last look that found it well. */
  seenAt = Number.NEGATIVE_INFINITY;
  /** Why the last look failed. */
  fault: unknown = null;
  /** The models that it last ran. */
  family: string | null = null;
  isBusy = false;
  #strikes = 0;
  #rests = 0;
  #restUntil = Number.NEGATIVE_INFINITY;

  constructor(http: ComfyHttp) {
    this.http = http;
  }

  get isResting(): boolean {
    return performance.now() < this.#restUntil;
  }

  get isFree(): boolean {
    return this.state === 'up' && !this.isBusy && !this.isResting;
  }

  /** Returns true when it was not up before: what it held in memory is gone. */
  async look(signal: AbortSignal): Promise<boolean> {
    try {
      this.examination = await examine(this.http, signal);
    } catch (error) {
      signal.throwIfAborted();
      this.fault = error;
      this.#fall();
      return false;
    }
    const isNew = this.state !== 'up';
    this.state = 'up';
    this.fault = null;
    if (!this.isResting) this.seenAt = performance.now();
    return isNew;
  }

  /** Learns from how a run on it ended. */
  note(error: unknown): void {
    if (error === null) {
      this.#strikes = 0;
      this.#rests = 0;
    } else if (isComfyFailure(error, 'backend_unreachable', 'backend_lost')) this.#fall();
    else if (isComfyFailure(error, 'backend_out_of_memory')) this.family = null;
    else if (isComfyFailure(error, 'backend_stalled', 'backend_disk_full')) this.#rest();
    else if (isComfyFailure(error, 'backend_timeout', 'backend_bad_answer')) {
      this.#strikes += 1;
      if (this.#strikes >= strikesMost) this.#rest();
    }
  }

  #fall(): void {
    this.state = 'down';
    this.family = null;
  }

  #rest(): void {
    this.#strikes = 0;
    this.#restUntil = performance.now() + Math.min(restMs.most, restMs.first * 2 ** this.#rests);
    this.#rests += 1;
  }
}
