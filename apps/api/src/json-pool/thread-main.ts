import { parentPort } from 'node:worker_threads';
import { DomainError } from '@polyreel/core';
import { scanJsonFile } from '@polyreel/surfaces/json-body';
import { type ScanReply, scanRequestSchema } from './messages.ts';

/** Program of a thread of the pool: one body a message, one reply each. */
parentPort?.on('message', (message: unknown) => {
  parentPort?.postMessage(answer(message));
});

function answer(message: unknown): ScanReply {
  try {
    const { text, moved } = scanJsonFile(scanRequestSchema.parse(message));
    return { type: 'scanned', text, moved: new Map(moved) };
  } catch (error) {
    if (error instanceof SyntaxError) return { type: 'syntax-error', message: error.message };
    if (error instanceof DomainError) return { type: 'domain-error', kind: error.kind, code: error.code, message: error.message };
    return { type: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
