/** What a fake server does wrong; may be changed at any time. */
export interface FakeFaults {
  /** Between the event of success and the history entry. */
  historyLagMs: number;
  /** Events reach nobody, while prompts go on. */
  isSocketStuck: boolean;
  /** The worker thread has died: prompts are taken and never begun. */
  isWorkerDead: boolean;
  /** So many prompts are answered 200 with node errors. */
  nodeErrorsOnAccept: number;
  /** So many posts are carried out, and the line is cut before the answer. */
  lostPostAnswers: number;
  /** So many answers to the paths that match are no JSON. */
  malformedAnswers: { pattern: RegExp; count: number };
  /** So many prompts run out of memory in the sampler. */
  outOfMemory: number;
  /** So many prompts find the disk full when they save. */
  diskFull: number;
  /** So many prompts break in the sampler for another reason. */
  broken: number;
  /** The sampler never ends. */
  isHanging: boolean;
  /** So many films are saved with half of their frames. */
  shortFilms: number;
  /** So many files are gone when they are fetched. */
  lostFiles: number;
}

export const noFaults = (): FakeFaults => ({
  historyLagMs: 20,
  isSocketStuck: false,
  isWorkerDead: false,
  nodeErrorsOnAccept: 0,
  lostPostAnswers: 0,
  malformedAnswers: { pattern: /^$/, count: 0 },
  outOfMemory: 0,
  diskFull: 0,
  broken: 0,
  isHanging: false,
  shortFilms: 0,
  lostFiles: 0,
});

/** True once for every count that is left. */
export function takeFault(
  faults: FakeFaults,
  name: 'nodeErrorsOnAccept' | 'lostPostAnswers' | 'outOfMemory' | 'diskFull' | 'broken' | 'shortFilms' | 'lostFiles',
): boolean {
  if (faults[name] <= 0) return false;
  faults[name] -= 1;
  return true;
}
