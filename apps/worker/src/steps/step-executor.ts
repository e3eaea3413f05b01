import {
  type Artifact,
  type ArtifactRole,
  type ClaimedStep,
  StepError,
  type StepParamsOf,
  type StepResult,
  type StepType,
  type Warning,
} from '@polyreel/core';
import type { z } from 'zod';

/** A file that a step made, to be kept. */
export interface OutputFile {
  readonly role: ArtifactRole;
  readonly path: string;
  readonly mediaType: string;
  /** With extension. */
  readonly name: string;
  readonly facts: { durationSeconds?: number; width?: number; height?: number; frameCount?: number };
}

/** What an executor may use. Everything stops with `signal`. */
export interface StepContext {
  readonly step: ClaimedStep;
  readonly signal: AbortSignal;
  /** Gone after the step, whatever happens. */
  readonly scratchDir: string;
  /** A line in the worker's log, with the ids of job and step. */
  log(fields: Readonly<Record<string, unknown>>, text: string): void;
  /** Ratio 0..1 of this step. */
  onProgress(ratio: number): void;
  /** Asked once the signal has aborted: the step was handed back or taken away, so another process goes on with it. */
  isHandedOver(): boolean;
  /** A JPEG of what takes shape, for whoever follows the job. Returns at once and never fails; many a picture is left out. */
  onPreview(jpeg: Uint8Array): void;
  /** Brings a stored file to scratch; the path is random. */
  fetchFile(fileId: string): Promise<string>;
  fetchArtifact(artifact: Artifact): Promise<string>;
  /**
   * Row first, then the durable object. `output`: judged before it is stored, kept when the job succeeds; `intermediate`: gone when it ends.
   * Throws StepError `content_blocked`.
   */
  keep(file: OutputFile, as: 'output' | 'intermediate'): Promise<Artifact>;
  /** Result of an earlier step. Throws a permanent StepError when it is not there. */
  resultOf(stepKey: string): StepResult;
}

export interface StepOutcome {
  readonly artifacts: readonly Artifact[];
  readonly warnings: readonly Warning[];
  /** Those that the caller of the job gets. */
  readonly jobArtifacts: readonly Artifact[];
}

/** Repeatable: outputs go to keys of their own attempt, and nothing outside them is changed. */
export type StepExecutor<T extends StepType> = (params: StepParamsOf<T>, context: StepContext) => Promise<StepOutcome>;

/** An executor over parameters as stored; a type missing in the registry does not compile. */
export type StepExecutors = Readonly<Record<StepType, (storedParams: unknown, context: StepContext) => Promise<StepOutcome>>>;

/** Validates stored parameters before `executor` sees them. */
export function readParams<P>(
  schema: z.ZodType<P>,
  executor: (params: P, context: StepContext) => Promise<StepOutcome>,
): (storedParams: unknown, context: StepContext) => Promise<StepOutcome> {
  return (storedParams, context) => {
    const params = schema.safeParse(storedParams);
    if (params.success) return executor(params.data, context);
    throw new StepError({ code: 'bad_params', publicMessage: 'The step cannot be read', permanent: true, cause: params.error });
  };
}
