import { StepError } from '@polyreel/core';

/** Why a process was ended by us. */
export type StopReason = 'aborted' | 'timeout' | 'output-limit';

/** Log-only facts of a failed process; travels as the `cause` of a StepError, never to a caller. */
export class ProcessFailure extends Error {
  override readonly name = 'ProcessFailure';
  readonly command: string;
  readonly exitCode: number | null;
  readonly exitSignal: string | null;
  readonly stderrTail: string;

  constructor(facts: {
    command: string;
    exitCode: number | null;
    exitSignal: string | null;
    stderrTail: string;
    cause?: unknown;
  }) {
    const end = facts.exitSignal ?? `exit code ${facts.exitCode}`;
    super(`${facts.command} ended with ${end}: ${facts.stderrTail.slice(-500)}`, { cause: facts.cause });
    this.command = facts.command;
    this.exitCode = facts.exitCode;
    this.exitSignal = facts.exitSignal;
    this.stderrTail = facts.stderrTail;
  }
}

/** The error for a process that we stopped. A stop by timeout may be bad luck on a busy machine, so it may be tried again. */
export const stoppedError = (reason: StopReason, failure: ProcessFailure): StepError => {
  switch (reason) {
    case 'aborted':
      return new StepError({ code: 'aborted', publicMessage: 'The work was stopped', permanent: false, cause: failure });
    case 'timeout':
      return new StepError({
        code: 'process_timeout',
        publicMessage: 'Media processing took too long',
        permanent: false,
        cause: failure,
      });
    case 'output-limit':
      return new StepError({
        code: 'process_output_limit',
        publicMessage: 'The media could not be processed',
        permanent: true,
        cause: failure,
      });
  }
};

/**
 * The error for a process that ended by itself. SIGXCPU is the CPU limit: the same input would hit it again. Any other signal may be
 * the kernel short of memory, and a non-zero exit may be a full disk: both may be tried again.
 */
export const exitError = (failure: ProcessFailure): StepError => {
  if (failure.exitSignal === 'SIGXCPU') {
    return new StepError({
      code: 'process_cpu_limit',
      publicMessage: 'The media needs too much computing time',
      permanent: true,
      cause: failure,
    });
  }
  const code = failure.exitSignal === null ? 'process_failed' : 'process_killed';
  return new StepError({ code, publicMessage: 'Media processing failed', permanent: false, cause: failure });
};

/** A program that is not there is a fault of the installation, not of the work: another worker may have it. */
export const spawnError = (command: string, cause: unknown): StepError =>
  new StepError({
    code: 'process_not_started',
    publicMessage: 'Media processing is not available',
    permanent: false,
    cause: new ProcessFailure({ command, exitCode: null, exitSignal: null, stderrTail: 'could not be started', cause }),
  });
