export interface WindowHit {
  /** Whose window, e.g. `submit:203.0.113.7`. */
  readonly key: string;
  readonly windowSeconds: number;
}

/** Fixed windows shared by all processes; never per process. */
export interface WindowCounter {
  /** Counts one hit in each window. `count` includes this hit and is exact over all processes; `resetSeconds` is what is left. */
  hit(hits: readonly WindowHit[]): Promise<readonly { count: number; resetSeconds: number }[]>;
}
