import { StepError } from '@polyreel/core';
import type { ExecutionError, NodeErrors, Refusal } from './answers.ts';

/** How a run on a ComfyUI server can fail. Public messages name no server, file or prompt; the cause does. */
const failures = {
  /** Nobody answers, or the line broke. */
  backend_unreachable: { permanent: false, text: 'The generation backend cannot be reached' },
  /** Status or body that no ComfyUI server gives. */
  backend_bad_answer: { permanent: false, text: 'The generation backend gave an unreadable answer' },
  /** The server forgot the prompt: it was restarted. */
  backend_lost: { permanent: false, text: 'The generation backend was restarted in the middle' },
  /** A node class or model file that was there is not there any more. */
  backend_misconfigured: { permanent: false, text: 'The generation backend lacks a model' },
  backend_out_of_memory: { permanent: false, text: 'The generation backend ran out of memory' },
  backend_disk_full: { permanent: false, text: 'The disk of the generation backend is full' },
  /** Taken on by a server that runs nothing: it answers, and does not work. */
  backend_stalled: { permanent: false, text: 'The generation backend does not go on' },
  /** Not done by its deadline. */
  backend_timeout: { permanent: false, text: 'The generation took too long' },
  /** Stopped on the server by somebody else. */
  backend_interrupted: { permanent: false, text: 'The generation was stopped at the backend' },
  backend_failed: { permanent: false, text: 'The generation failed at the backend' },
  /** What was made is not there, or not what was asked. */
  backend_bad_output: { permanent: false, text: 'The generation backend made something else than was asked' },
  /** No server that can do the task came back in time. */
  backend_unavailable: { permanent: false, text: 'No generation backend can do this at the moment' },
  /** The graph was refused. Trying again cannot help. */
  backend_refused: { permanent: true, text: 'The generation backend refused the request' },
  backend_input_too_large: { permanent: true, text: 'An input is larger than the generation backend takes' },
} as const;
export type ComfyFailure = keyof typeof failures;

export const comfyError = (code: ComfyFailure, cause?: unknown): StepError =>
  new StepError({ code, publicMessage: failures[code].text, permanent: failures[code].permanent, cause });

export const isComfyFailure = (error: unknown, ...codes: readonly ComfyFailure[]): boolean =>
  error instanceof StepError && codes.some((code) => code === error.code);

/** Kinds of node errors that tell of a server without the files, not of a bad value. */
const lacking: ReadonlySet<string> = new Set(['value_not_in_list']);

const describeNodes = (errors: NodeErrors): string =>
  Object.entries(errors)
    .map(
      ([id, { class_type, errors: list }]) =>
        `${id} ${class_type}: ${list.map(({ type, details }) => `${type} ${details ?? ''}`).join(', ')}`,
    )
    .join('; ')
    .slice(0, 2000);

/** A graph that was refused, or of which an output was dropped. */
export function refusalError(refusal: Refusal): StepError {
  const kinds = Object.values(refusal.node_errors).flatMap(({ errors }) => errors.map(({ type }) => type));
  const isLacking = refusal.error.type === 'missing_node_type' || (kinds.length > 0 && kinds.every((kind) => lacking.has(kind)));
  const words = `${refusal.error.type}: ${refusal.error.message}; ${describeNodes(refusal.node_errors)}`;
  return comfyError(isLacking ? 'backend_misconfigured' : 'backend_refused', new Error(words));
}

/** A prompt that ended in an exception. The message may quote inputs, so it stays in the cause. */
export function executionFailure(error: ExecutionError): StepError {
  const words = `${error.node_type ?? 'a node'}: ${error.exception_type}: ${error.exception_message}`.slice(0, 2000);
  return comfyError(kindOf(error), new Error(words));
}

function kindOf({ exception_type: type, exception_message: message }: ExecutionError): ComfyFailure {
  if (/OutOfMemory|OOM/i.test(type) || /out of memory|allocation on device/i.test(message)) return 'backend_out_of_memory';
  if (/No space left on device|Errno 28|disk quota exceeded/i.test(message)) return 'backend_disk_full';
  return 'backend_failed';
}
