import { type Transferable, Worker } from 'node:worker_threads';

const IDLE_MS = 60_000;

export interface BorrowedThread<Request> {
  /** Not heard once it was left: then it may serve another film. */
  tell(request: Request, transferred?: readonly Transferable[]): void;
  /** False once anything went wrong in it or it was left. */
  isSound(): boolean;
  /** Something went wrong that the thread itself has survived. */
  distrust(): void;
  /** Gives it back. If anything went wrong, or it `isBusy`, ends it instead: what is under way fails. */
  leave(isBusy: boolean): Promise<void>;
}

interface Borrowing<Request, Answer> {
  /** Told first. */
  readonly begin: Request;
  readonly onAnswer: (answer: Answer) => void;
  /** It failed or ended: no more answers come. */
  readonly onFault: (error: unknown) => void;
}

/**
 * Threads of one kind that wait for the next film, for starting one (its engines, its code) takes longer than many a film. One is given
 * back with nothing under way and nothing gone wrong, or it is ended.
 */
export class IdleThreads<Request, Answer> {
  readonly #module: URL;
  readonly #name: string;
  readonly #idleMax: number;
  readonly #end: Request;
  readonly #idle = new Map<Worker, { readonly timer: NodeJS.Timeout; readonly forget: () => void }>();

  /** `end` is what a thread is told before it is given back. */
  constructor(module: URL, options: { name: string; idleMax: number; end: Request }) {
    this.#module = module;
    this.#name = options.name;
    this.#idleMax = options.idleMax;
    this.#end = options.end;
  }

  borrow({ begin, onAnswer, onFault }: Borrowing<Request, Answer>): BorrowedThread<Request> {
    const worker = this.#take();
    let isSound = true;
    let hasLeft = false;
    const onError = (error: unknown): void => {
      isSound = false;
      onFault(error);
    };
    const onExit = (): void => onError(new Error(`the thread ${this.#name} has ended`));
    worker.on('message', onAnswer).on('error', onError).on('exit', onExit);
    worker.postMessage(begin);
    return {
      tell(request, transferred = []) {
        if (!hasLeft) worker.postMessage(request, transferred);
      },
      isSound: () => isSound && !hasLeft,
      distrust() {
        isSound = false;
      },
      leave: async (isBusy) => {
        if (hasLeft) return;
        hasLeft = true;
        if (!isSound || isBusy) {
          await worker.terminate();
          return;
        }
        worker.off('message', onAnswer).off('error', onError).off('exit', onExit);
        worker.postMessage(this.#end);
        this.#giveBack(worker);
      },
    };
  }

  #take(): Worker {
    const [waiting] = this.#idle;
    if (waiting === undefined) return new Worker(this.#module, { name: this.#name });
    const [worker] = waiting;
    this.#wake(worker);
    worker.ref();
    return worker;
  }

  /** The thread goes when nobody needs it for a minute; it keeps no process alive. */
  #giveBack(worker: Worker): void {
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
