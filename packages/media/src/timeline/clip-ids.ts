import { StepError } from '@polyreel/core';
import type { TimelineIssue } from './contract.ts';
import { valueAt } from './issues.ts';

/** Callers know their clips by the `id` they gave: errors say it beside the place. */

const clipPattern = /^timeline(?:\.[\w.[\]]*)?\.clips\[\d+\]/;

/** Of the innermost clip around a place. */
const clipIdAt = (path: string, document: unknown): string | undefined => {
  const [clipPath] = clipPattern.exec(path) ?? [];
  if (clipPath === undefined) return undefined;
  const id = valueAt(document, [...clipPath.replace(/\[(\d+)\]/g, '.$1').split('.'), 'id']);
  return typeof id === 'string' && id.length <= 200 ? id : undefined;
};

export const withClipId = (issue: TimelineIssue, document: unknown): TimelineIssue => {
  const id = clipIdAt(issue.path, document);
  return id === undefined ? issue : { ...issue, message: `${issue.message} (clip ${JSON.stringify(id)})` };
};

/** The failure of a render, whose message begins with a place. */
export const namingClip = (error: unknown, document: unknown): unknown => {
  if (!(error instanceof StepError)) return error;
  const id = clipIdAt(error.publicMessage, document);
  if (id === undefined) return error;
  const { code, permanent, cause } = error;
  return new StepError({ code, permanent, cause, publicMessage: `${error.publicMessage} (clip ${JSON.stringify(id)})` });
};
