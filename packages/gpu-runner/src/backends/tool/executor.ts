import type { RunnerTaskOf, RunnerTaskType } from '@polyreel/core';
import type { RunContext, RunResult } from '../../runner.ts';
import type { SpeechTools } from './speech/speech-tools.ts';

/** What the tool runner hands to each of its task executors. */
export interface ToolTools {
  readonly ffmpegPath: string;
  readonly ffprobePath: string;
  /** Worker threads that one run may keep busy, at least 1. It changes speed, never results. */
  readonly threads: number;
  /** Null: this machine cannot speak. */
  readonly speech: SpeechTools | null;
}

/** Runs one task under the Runner contract: exact output, abort within a second, no process or thread left, throws StepError. */
export type ToolExecutor<T extends RunnerTaskType> = (
  task: RunnerTaskOf<T>,
  context: RunContext,
  tools: ToolTools,
) => Promise<RunResult>;
