import type { FastifyRequest } from 'fastify';

const firstOf = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === 'string' ? value : value?.[0];

const headerKey = (request: FastifyRequest): string | null => firstOf(request.headers['x-api-key'])?.trim() || null;

function bearerKey(request: FastifyRequest): string | null {
  const match = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '');
  return match?.[1] ?? null;
}

/**
 * The key of a call; null: none was given, or in another scheme. One key works on every surface in either header; the header that
 * the surface documents decides where both stand.
 */
export function readKey(request: FastifyRequest, documented: 'x-api-key' | 'bearer'): string | null {
  if (documented === 'x-api-key') return headerKey(request) ?? bearerKey(request);
  return request.headers.authorization === undefined ? headerKey(request) : bearerKey(request);
}
