import { StepError, type TaskInputRole } from '@polyreel/core';
import type { RunContext } from '../../runner.ts';

/** Path of an input that the task cannot do without. Throws a permanent StepError when it is not there. */
export const requireInput = (context: RunContext, role: TaskInputRole): string => {
  const path = context.inputs[role];
  if (path !== undefined) return path;
  throw new StepError({ code: 'input_missing', publicMessage: `The ${role} is missing`, permanent: true });
};
