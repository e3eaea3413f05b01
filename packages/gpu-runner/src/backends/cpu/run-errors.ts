import { StepError } from '@polyreel/core';

/** The error of a run that was told to stop; the same one that a stopped program gives. */
export const abortedError = (signal: AbortSignal): StepError =>
  new StepError({ code: 'aborted', publicMessage: 'The work was stopped', permanent: false, cause: signal.reason });

/** What a run throws for `error`: an abort is told as such whatever it broke, and nothing but a StepError leaves a runner. */
export const toStepError = (error: unknown, signal: AbortSignal): StepError => {
  if (signal.aborted) return abortedError(signal);
  if (error instanceof StepError) return error;
  return new StepError({ code: 'render_failed', publicMessage: 'The frames could not be drawn', permanent: false, cause: error });
};
