import { Worker } from 'node:worker_threads';

const IDLE_MS = 60_000;

/**
 * Threads of one kind that wait for the next film, for starting one (its engines, its code) takes longer than many a film. Whoever takes
 * one gives it back with nothing under way and nothing gone wrong, or ends it.
 */
export class IdleThreads {
  readonly #module: URL;
  readonly #name: string;
  readonly #idleMax: number;
  readonly #idle = new Map<Worker, { readonly timer: NodeJS.Timeout; readonly forget: () => void }>();

  constructor(module: URL, options: { name: string; idleMax: number }) {
    this.#module = module;
    this.#name = options.name;
    this.#idleMax = options.idleMax;
  }

  take(): Worker {
    const [waiting] = this.#idle;
    if (waiting === undefined) return new Worker(this.#module, { name: this.#name });
    const [worker] = waiting;
    this.#wake(worker);
    worker.ref();
    return worker;
  }

  /** Listeners of the last film must be off. The thread goes when nobody needs it for a minute; it keeps no process alive. */
  giveBack(worker: Worker): void {
    if (this.#idle.size >= this.#idleMax) {
      void worker.terminate();
      return;
    }
    const forget = (): void => this.#wake(worker);
    const timer = setTimeout(() => {
      forget();
      void worker.terminate();
    }, IDLE_MS);
    timer.unref();
    worker.unref();
    worker.once('error', forget).once('exit', forget);
    this.#idle.set(worker, { timer, forget });
  }

  #wake(worker: Worker): void {
    const idle = this.#idle.get(worker);
    if (idle === undefined) return;
    clearTimeout(idle.timer);
    worker.off('error', idle.forget).off('exit', idle.forget);
    this.#idle.delete(worker);
  }
}
