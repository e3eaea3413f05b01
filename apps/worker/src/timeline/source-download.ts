import { downloadToFile, type SafeFetch } from '@polyreel/safe-fetch';
import type { RenderTimelineDeps } from '../steps/render-timeline.ts';

/** Of one source; the step's own deadline ends a slow one earlier. */
const sourceBytesMax = 2 * 1024 ** 3;
const sourceTimeoutMs = 10 * 60_000;

/** The guarded way from a caller's address to a local file. */
export const createSourceDownload =
  (fetch: SafeFetch): RenderTimelineDeps['download'] =>
  async ({ url, path, headers, signal }) => {
    await downloadToFile(fetch, url, path, {
      ...{ headers, signal, maxBytes: sourceBytesMax, timeoutMs: sourceTimeoutMs, maxRedirects: 5 },
      protocols: ['https:', 'http:'],
    });
  };
