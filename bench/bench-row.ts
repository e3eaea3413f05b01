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
