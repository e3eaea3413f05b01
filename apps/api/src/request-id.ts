import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const validId = /^[\w.:+/=-]{1,128}$/;

/** Echo of a valid incoming `X-Request-Id`, else a new UUID. */
export function requestIdOf(request: IncomingMessage): string {
  const incoming = [request.headers['x-request-id']].flat()[0];
  return incoming !== undefined && validId.test(incoming) ? incoming : randomUUID();
}
