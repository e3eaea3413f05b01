import type { Clock } from '@polyreel/core';
import type { SafeFetch } from '@polyreel/safe-fetch';
import { createSourceCache, type SourceCache } from './source-cache.ts';

/** The step's own deadline ends a slow one earlier. */
const sourceTimeoutMs = 10 * 60_000;

/** The guarded way from a caller's address to a local file. */
export const openSources = (deps: { fetch: SafeFetch; folder: string; bytesMax: number; clock: Clock }): SourceCache =>
  createSourceCache({ ...deps, request: { timeoutMs: sourceTimeoutMs, maxRedirects: 5, protocols: ['https:', 'http:'] } });
