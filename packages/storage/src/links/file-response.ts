import type { LinkOptions, ObjectInfo } from '@polyreel/core';
import { contentDisposition } from './disposition.ts';

/** Answer to bytes that came from a user or a model: nothing in them may run with our origin's rights. */
export const safetyHeaders = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "sandbox; default-src 'none'; media-src 'self'; style-src 'unsafe-inline'",
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'Referrer-Policy': 'no-referrer',
} as const;

export interface FileRequest {
  readonly method: 'GET' | 'HEAD';
  readonly rangeHeader?: string | undefined;
  readonly ifRange?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
  readonly object: Pick<ObjectInfo, 'sizeBytes' | 'etag' | 'contentType' | 'modifiedAt'>;
  readonly disposition?: LinkOptions['disposition'];
}

export interface FileResponsePlan {
  readonly status: 200 | 206 | 304 | 416;
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes to send, both ends included; null: no body, or all of an empty one. */
  readonly send: { readonly start: number; readonly end: number } | null;
}

/** RFC 9110 for one file: conditional, ranged or plain. Several ranges at once are answered with the whole, as it allows. */
export function planFileResponse(request: FileRequest): FileResponsePlan {
  const { method, object } = request;
  const always = { ...safetyHeaders, 'Cache-Control': 'private, no-cache', ETag: object.etag, 'Accept-Ranges': 'bytes' };
  if (request.ifNoneMatch !== undefined && isListed(object.etag, request.ifNoneMatch)) {
    return { status: 304, headers: always, send: null };
  }
  const range = method === 'GET' ? readRange(request) : 'whole';
  if (range === 'unsatisfiable') {
    const headers = { ...always, 'Content-Range': `bytes */${object.sizeBytes}`, 'Content-Length': '0' };
    return { status: 416, headers, send: null };
  }
  const described = {
    ...always,
    'Content-Type': object.contentType,
    'Content-Disposition': contentDisposition(object.contentType, request.disposition),
    'Last-Modified': object.modifiedAt.toUTCString(),
  };
  if (range === 'whole') {
    const headers = { ...described, 'Content-Length': String(object.sizeBytes) };
    const hasBody = method === 'GET' && object.sizeBytes > 0;
    return { status: 200, headers, send: hasBody ? { start: 0, end: object.sizeBytes - 1 } : null };
  }
  const headers = {
    ...described,
    'Content-Range': `bytes ${range.start}-${range.end}/${object.sizeBytes}`,
    'Content-Length': String(range.end - range.start + 1),
  };
  return { status: 206, headers, send: range };
}

/** Weak comparison, as If-None-Match wants it. */
function isListed(etag: string, header: string): boolean {
  const strip = (tag: string) => tag.trim().replace(/^W\//, '');
  return header.trim() === '*' || header.split(',').some((tag) => strip(tag) === strip(etag));
}

function readRange({ rangeHeader, ifRange, object }: FileRequest): { start: number; end: number } | 'whole' | 'unsatisfiable' {
  if (rangeHeader === undefined || (ifRange !== undefined && ifRange.trim() !== object.etag)) return 'whole';
  const match = /^bytes[ \t]*=[ \t]*(\d*)[ \t]*-[ \t]*(\d*)[ \t]*$/i.exec(rangeHeader);
  const [first, last] = [match?.[1] ?? '', match?.[2] ?? ''];
  if (match === null || (first === '' && last === '')) return 'whole';
  const { sizeBytes } = object;
  if (first === '') {
    const length = Math.min(Number(last), sizeBytes);
    return length === 0 ? 'unsatisfiable' : { start: sizeBytes - length, end: sizeBytes - 1 };
  }
  const start = Number(first);
  const end = last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1);
  if (last !== '' && Number(last) < start) return 'whole';
  return start >= sizeBytes ? 'unsatisfiable' : { start, end };
}
