export interface BenchRow {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What ran beside it in the same run. */
  readonly reference?: string;
  readonly referenceValue?: number;
  readonly ratio?: number;
  readonly goal?: string;
}

export interface BenchOptions {
  /** A bench that can be done in parts begins nothing after so many; null: all of it. */
  readonly minutes: number | null;
}
