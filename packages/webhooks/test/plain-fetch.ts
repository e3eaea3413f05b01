import type { SafeFetch } from '../src/index.ts';

/** Node's own fetch in the shape of the guarded one: loopback allowed, redirects handed back. */
export const plainFetch: SafeFetch = async (url, { method, headers, body, signal }) =>
  fetch(url, { method, headers, body: new Uint8Array(body), signal, redirect: 'manual' });
