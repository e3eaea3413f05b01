/** A picture of a job's work in hand, stored under a key that later pictures of the same work overwrite. */
export interface JobPreview {
  readonly jobId: string;
  readonly objectKey: string;
  /** Rises with every picture under the key. */
  readonly version: number;
}

export interface PreviewSender {
  /** Tells every process that listens. Nothing is kept: who comes later gets the next one. */
  announce(preview: JobPreview): Promise<void>;
}

/** Pictures as they are announced by any process. One may be lost. */
export interface PreviewSignals {
  /** Returns what ends the watch. */
  watch(jobId: string, hear: (preview: JobPreview) => void): () => void;
}
