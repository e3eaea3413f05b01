import { fileURLToPath } from 'node:url';
import { StepError } from '@polyreel/core';
import { startProcess } from '../run-process.ts';
import { type ChildAnswer, type ChildRequest, childAnswerSchema } from './child-protocol.ts';

const MEBIBYTE = 1024 * 1024;
/** The library and the runtime by themselves, and what they need for each byte of a file that the library reads (measured: five and a half). */
const BASE_MEMORY_BYTES = 768 * MEBIBYTE;
const MEMORY_PER_BYTE = 7;
const TIMEOUT_MS = 10 * 60_000;
const REPORT_BYTES_MAX = 32 * MEBIBYTE;

/**
 * Lets the signing process do one request. Its memory is bounded by `fileBytes`, the size of what goes through the library; its time by ten minutes. Throws StepError:
 * `c2pa_failed` with the library's own reason as cause when the file cannot be signed or read.
 */
export const runC2paChild = async (
  request: ChildRequest,
  options: { fileBytes: number; signal: AbortSignal },
): Promise<Exclude<ChildAnswer, { outcome: 'failed' }>> => {
  const child = startProcess({
    command: process.execPath,
    args: ['--max-old-space-size=512', fileURLToPath(new URL('./c2pa-child.ts', import.meta.url))],
    stdin: 'pipe',
    signal: options.signal,
    timeoutMs: TIMEOUT_MS,
    maxDataBytes: BASE_MEMORY_BYTES + MEMORY_PER_BYTE * options.fileBytes,
    maxOutputBytes: REPORT_BYTES_MAX,
  });
  child.stdin?.end(JSON.stringify(request));
  const { stdout } = await child.finished;
  const answer = childAnswerSchema.parse(JSON.parse(stdout.toString('utf8')));
  if (answer.outcome !== 'failed') return answer;
  throw new StepError({
    code: 'c2pa_failed',
    publicMessage: request.operation === 'sign' ? 'The file could not be signed' : 'The signature could not be read',
    permanent: true,
    cause: new Error(answer.reason),
  });
};
