import type { Capability, RunnerKind, RunnerName, RunnerTask, RunnerTaskType, TaskInputRole } from '@polyreel/core';

/**
 * The contract of everything that makes pictures and sound.
 *
 * A runner turns one neutral task into one file. It knows no job, account, queue, bucket or HTTP surface.
 * Not part of the contract: retrying (the worker does), storing, joining clips, adding sound to a silent clip.
 */
export interface Runner {
  readonly name: RunnerName;
  readonly kind: RunnerKind;
  /** Tasks that this runner can do now. A task outside this list makes `run` throw a permanent StepError. */
  readonly tasks: ReadonlySet<RunnerTaskType>;
  /**
   * Makes the file. Guarantees of films: exact canvas, frame count and frame rate of the task; constant frame rate; H.264 High, yuv420p,
   * BT.709 tagged, closed GOPs of one second without scene-cut key frames, MP4 time base = frame rate numerator, so that clips of
   * equal canvas and rate can be joined by copy; the same task, inputs and seed give the same frames on the same machine type.
   * A cut-out film is WebM (VP9) with alpha instead. Pictures are PNG of exactly the canvas or of their input's size, drawings SVG.
   * Stops within a second of `signal` and leaves no process behind. Throws StepError.
   */
  run(task: RunnerTask, context: RunContext): Promise<RunResult>;
  /** What it can do now, with models and limits. Absent: every one of its tasks with every model. */
  capabilities?(): readonly Capability[];
  close(): Promise<void>;
}

export interface RunContext {
  /** Local paths by role; already sniffed and probed, random names. */
  readonly inputs: Readonly<Partial<Record<TaskInputRole, string>>>;
  /** An existing folder that only this run uses; the caller removes it. */
  readonly scratchDir: string;
  readonly signal: AbortSignal;
  /** Ratio 0..1, never falling. */
  onProgress(ratio: number): void;
  /**
   * Names of this run: of this attempt first, then of those before it, newest first. Work that one of them left running elsewhere is gone
   * on with instead of being begun again. Absent: there was none, and none will follow.
   */
  readonly runNames?: readonly string[];
  /** Asked once the signal has aborted: another process goes on with this run, so what runs elsewhere is left to it. */
  readonly isHandedOver?: () => boolean;
  /** The run may take so long before its signal aborts. */
  readonly timeoutMs?: number;
  /** A JPEG of the picture as it takes shape, now and then. */
  readonly onPreview?: (jpeg: Uint8Array) => void;
}

export interface RunResult {
  /** Inside `scratchDir`. */
  readonly path: string;
  readonly mediaType: string;
  readonly warnings: readonly RunWarning[];
}

/** Shown to the caller as `X-Polyreel-Warning: code; key="value"`. */
export interface RunWarning {
  readonly code: string;
  readonly details: Readonly<Record<string, string>>;
}
