import type { JobState } from '../job.ts';

/** A job changed: its newest version, state, progress (0..1) and the number of its newest event. */
export interface JobChange {
  readonly id: string;
  readonly version: number;
  readonly state: JobState;
  readonly progressRatio: number;
  readonly eventSeq: number;
}

/** Changes of jobs, as they are committed by any process. A signal may be lost: whoever waits also looks from time to time. */
export interface JobSignals {
  /** `hear` gets every change of the job, or null when changes may have been missed. Returns what ends the watch. */
  watch(jobId: string, hear: (change: JobChange | null) => void): () => void;
  /** Aborted when the process stops: nobody may wait any longer. */
  readonly stopped: AbortSignal;
}
