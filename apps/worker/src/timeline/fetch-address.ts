import { stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { StepError } from '@polyreel/core';
import type { StepContext } from '../steps/step-executor.ts';
import type { SourceCache } from './source-cache.ts';

export interface AddressRequest {
  readonly src: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Where the caller names it, for messages. */
  readonly place: string;
  /** Of the file in scratch. */
  readonly name: string;
  readonly maxBytes: number;
  readonly isKept: boolean;
  readonly signal: AbortSignal;
}

/** A failure at a place of the caller's document. */
export const fetchFailure = (place: string, why: string, options: { permanent: boolean; cause?: unknown }): StepError =>
  new StepError({ code: 'asset_fetch_failed', publicMessage: `${place}: ${why}`, ...options });

/** What an address of the caller's holds, as a file in scratch. Throws StepError `asset_fetch_failed`, which names the place. */
export async function fetchAddress(
  sources: SourceCache,
  { step, scratchDir }: Pick<StepContext, 'step' | 'scratchDir'>,
  request: AddressRequest,
): Promise<{ path: string; sizeBytes: number; identity?: string }> {
  const { src, headers, place, maxBytes, isKept, signal } = request;
  const target = path.join(scratchDir, request.name);
  if (src.startsWith('data:')) {
    const bytes = readDataUri(src);
    if (bytes === null) throw fetchFailure(place, 'the data URI cannot be read', { permanent: true });
    await writeFile(target, bytes, { flag: 'wx' });
    return { path: target, sizeBytes: bytes.byteLength };
  }
  try {
    const hash = await sources.fetch({ accountId: step.accountId, url: src, headers, path: target, maxBytes, signal, isKept });
    return { path: target, sizeBytes: (await stat(target)).size, ...(hash !== null && { identity: `sha256 ${hash}` }) };
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw fetchFailure(place, `${plainReason(cause)}, from ${addressOf(src)}`, { permanent: !isPassing(cause), cause });
  }
}

/** Bytes of `data:[type][;base64],...`; null when it is none. */
function readDataUri(text: string): Uint8Array | null {
  const match = /^data:[^,]{0,200}?(;base64)?,/i.exec(text);
  if (match === null) return null;
  const body = text.slice(match[0].length);
  if (match[1] !== undefined) return /^[A-Za-z0-9+/\s]*=*\s*$/.test(body) ? Buffer.from(body, 'base64') : null;
  try {
    return Buffer.from(decodeURIComponent(body));
  } catch {
    return null;
  }
}

/** Without the query, which may hold secrets. */
const addressOf = (src: string): string => {
  if (!URL.canParse(src)) return 'an address that cannot be read';
  const { origin, pathname } = new URL(src);
  return `${origin}${pathname}`;
};

const plainReason = (cause: unknown): string => (cause instanceof Error ? cause.message : 'it could not be fetched');

/** Faults of the network and of a server that may recover; everything else stays as it is. */
const isPassing = (cause: unknown): boolean =>
  cause instanceof Error && 'kind' in cause && (cause.kind === 'backend_unavailable' || cause.kind === 'overloaded');
