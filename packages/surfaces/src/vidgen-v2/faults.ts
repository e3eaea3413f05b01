import { ApiError } from '../shared/api-error.ts';
import { isStorableText } from '../shared/storable-text.ts';

/**
 * Rows of the contract's table of faults in a `generate` request, in its order. The first fault of the first row is the answer's
 * `error`; within a row, scenes come in array order. What has no row follows in the order of the parameters.
 */
const rows: readonly RegExp[] = [
  /^scenes array is required$/,
  /^scenes must not contain /,
  /^scenes\[\d+\] must be an object$/,
  /^scenes\[\d+\]\.(prompt|negative) /,
  /^(Unknown model|model )/,
  /^(width|height) must be divisible/,
  /^(width|height) /,
  /^size /,
  /_frame must be a base64 data URI$/,
  /_frame has unsupported type /,
  /_frame is not valid base64$/,
  /_frame is not a readable image$/,
  /_frame requires start_frame$/,
  /^music/,
];
const notAvailable = / is not available on this server$/;

/** What is wrong with a request that asks for something this server cannot do yet. */
export const unavailableText = (name: string): string => `${name} is not available on this server`;

/** A caller's own text inside an answer: short, and nothing that was moved out of the body. */
export const shownText = (text: string): string => (isStorableText(text) ? text.slice(0, 100).toWellFormed() : '?');

const rankOf = (text: string): number => {
  if (notAvailable.test(text)) return rows.length + 1;
  const row = rows.findIndex((pattern) => pattern.test(text));
  return row < 0 ? rows.length : row;
};

const sceneOf = (text: string): number => Number(/^scenes\[(\d+)\]/.exec(text)?.[1] ?? -1);

const shownFaultsMax = 100;

/** The answer to a request with faults: one text as `error`, all of them as `details`. */
export function toFaultError(texts: readonly string[]): ApiError {
  const details = texts.toSorted((a, b) => rankOf(a) - rankOf(b) || sceneOf(a) - sceneOf(b)).slice(0, shownFaultsMax);
  return new ApiError(400, details[0] ?? 'Bad request', { extras: { details } });
}

/** `scenes[0].prompt` of a path as zod names it. */
export function pathText(path: readonly PropertyKey[]): string {
  const shown = path[0] === 'cs' && path.length > 1 ? path.slice(1) : path;
  return shown
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${String(part).slice(0, 60)}`))
    .join('');
}
