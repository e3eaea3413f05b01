import { describe, expect, it } from 'vitest';
import { planFileResponse, safetyHeaders } from './file-response.ts';

const object = { sizeBytes: 1000, etag: '"abc"', contentType: 'video/mp4', modifiedAt: new Date('2026-01-02T03:04:05Z') };
const plan = (request: Partial<Parameters<typeof planFileResponse>[0]> = {}) =>
  planFileResponse({ method: 'GET', object, ...request });
const empty = { ...object, sizeBytes: 0 };

describe('planFileResponse', () => {
  it('answers a plain GET with the whole and every header', () => {
    expect(plan()).toEqual({
      status: 200,
      send: { start: 0, end: 999 },
      headers: {
        'X-Content-Type-Options': 'nosniff',
        'Content-Security-Policy': "sandbox; default-src 'none'; media-src 'self'; style-src 'unsafe-inline'",
        'Cross-Origin-Resource-Policy': 'cross-origin',
        'Referrer-Policy': 'no-referrer',
        'Cache-Control': 'private, no-cache',
        ETag: '"abc"',
        'Accept-Ranges': 'bytes',
        'Content-Type': 'video/mp4',
        'Content-Disposition': 'inline',
        'Last-Modified': 'Fri, 02 Jan 2026 03:04:05 GMT',
        'Content-Length': '1000',
      },
    });
  });

  it.each([
    ['bytes=0-0', 0, 0],
    ['bytes=10-19', 10, 19],
    ['bytes=990-', 990, 999],
    ['bytes=0-', 0, 999],
    ['bytes=-1', 999, 999],
    ['bytes=-5000', 0, 999],
    ['bytes=999-5000', 999, 999],
    ['Bytes = 10 - 19', 10, 19],
  ])('answers %s with 206 and bytes %d to %d', (rangeHeader, start, end) => {
    const { status, headers, send } = plan({ rangeHeader });
    expect({ status, send }).toEqual({ status: 206, send: { start, end } });
    expect(headers).toMatchObject({ 'Content-Range': `bytes ${start}-${end}/1000`, 'Content-Length': String(end - start + 1) });
  });

  it.each(['bytes=1000-', 'bytes=1000-1001', 'bytes=-0', `bytes=${'9'.repeat(400)}-`])(
    'answers %s with 416 and the size',
    (rangeHeader) => {
      const { status, headers, send } = plan({ rangeHeader });
      expect({ status, send }).toEqual({ status: 416, send: null });
      expect(headers).toMatchObject({ 'Content-Range': 'bytes */1000', 'Content-Length': '0', ...safetyHeaders });
      expect(headers).not.toHaveProperty('Content-Type');
    },
  );

  it.each(['bytes=5-4', 'bytes=-', 'bytes=', 'bytes=a-b', 'items=0-1', 'bytes=0-1,5-6', 'bytes=0.5-1', 'bytes=--1', ''])(
    'gives the whole where %j means no single range',
    (rangeHeader) => {
      expect(plan({ rangeHeader })).toMatchObject({ status: 200, send: { start: 0, end: 999 } });
    },
  );

  it('gives a part only of the version that If-Range names', () => {
    expect(plan({ rangeHeader: 'bytes=0-9', ifRange: '"abc"' }).status).toBe(206);
    expect(plan({ rangeHeader: 'bytes=0-9', ifRange: '"older"' }).status).toBe(200);
    expect(plan({ rangeHeader: 'bytes=0-9', ifRange: 'W/"abc"' }).status).toBe(200);
    expect(plan({ rangeHeader: 'bytes=0-9', ifRange: 'Fri, 02 Jan 2026 03:04:05 GMT' }).status).toBe(200);
  });

  it.each(['"abc"', 'W/"abc"', '"x", "abc"', '*'])('answers If-None-Match %s with 304, before any range', (ifNoneMatch) => {
    const { status, headers, send } = plan({ ifNoneMatch, rangeHeader: 'bytes=5000-' });
    expect({ status, send }).toEqual({ status: 304, send: null });
    expect(headers).toMatchObject({ ETag: '"abc"' });
    expect(headers).not.toHaveProperty('Content-Length');
  });

  it('gives the whole when the caller knows another version', () => {
    expect(plan({ ifNoneMatch: '"abcd", "b"' }).status).toBe(200);
  });

  it('answers HEAD without a body and takes no range for it', () => {
    expect(plan({ method: 'HEAD', rangeHeader: 'bytes=0-9' })).toMatchObject({
      status: 200,
      send: null,
      headers: { 'Content-Length': '1000' },
    });
    expect(plan({ method: 'HEAD', ifNoneMatch: '"abc"' }).status).toBe(304);
  });

  it('answers for an empty file', () => {
    expect(plan({ object: empty })).toMatchObject({ status: 200, send: null, headers: { 'Content-Length': '0' } });
    expect(plan({ object: empty, rangeHeader: 'bytes=0-' }).status).toBe(416);
    expect(plan({ object: empty, rangeHeader: 'bytes=-5' }).status).toBe(416);
  });
});
