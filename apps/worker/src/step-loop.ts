import type { ClaimedStep, StepResource, StepStore } from '@polyreel/core';

export interface StepLoopDeps {
  readonly steps: Pick<StepStore, 'claim'>;
  readonly workerId: string;
  readonly resource: StepResource;
  /** Steps of this resource that run at once in this process. */
  readonly capacity: number;
  run(step: ClaimedStep): Promise<void>;
  onError(error: unknown): void;
}

/**
 * Claims and runs steps of one resource, never more than `capacity` at once. A wake-up, the end of a step and the clock all
 * mean the same: look. Nothing to claim is a success.
 */
export class StepLoop {
  readonly #deps: StepLoopDeps;
  readonly #running = new Set<Promise<void>>();
  #isStopped = false;
  /** A look that found no free place: whoever finishes next looks once more. */
  #isAskedAgain = false;
  #free: number;

  constructor(deps: StepLoopDeps) {
    this.#deps = deps;
    this.#free = deps.capacity;
  }

  get runningCount(): number {
    return this.#running.size;
  }

  /** Runs due steps one after another until none is left; resolves at once when all places are taken. */
  async look(): Promise<void> {
    if (this.#isStopped) return;
    if (this.#free === 0) {
      this.#isAskedAgain = true;
      return;
    }
    this.#free -= 1;
    const work = this.#drain();
    this.#running.add(work);
    try {
      await work;
    } finally {
      this.#running.delete(work);
      this.#free += 1;
    }
  }

  /** Takes no further step and waits for those that run. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.allSettled(this.#running);
  }

  async #drain(): Promise<void> {
    while (!this.#isStopped) {
      this.#isAskedAgain = false;
      const step = await this.#claim();
      if (step) await this.#deps.run(step);
      else if (!this.#isAskedAgain) return;
    }
  }

  async #claim(): Promise<ClaimedStep | null> {
    try {
      return await this.#deps.steps.claim({ resource: this.#deps.resource, workerId: this.#deps.workerId });
    } catch (error) {
      this.#deps.onError(error);
      return null;
    }
  }
}
