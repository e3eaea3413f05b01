import { describe, expect, it } from 'vitest';
import { contentDisposition, isInlineType } from './disposition.ts';

const inline = (filename: string) => contentDisposition('video/mp4', { type: 'inline', filename });

describe('contentDisposition', () => {
  it.each([
    ['film.mp4', 'inline; filename=film.mp4'],
    ['my film.mp4', 'inline; filename="my film.mp4"'],
    ['a "quote".mp4', 'inline; filename="a \\"quote\\".mp4"'],
    ['海.mp4', `inline; filename="?.mp4"; filename*=UTF-8''%E6%B5%B7.mp4`],
    ['../../etc/passwd', 'inline; filename=passwd'],
    ['C:\\films\\a.mp4', 'inline; filename=a.mp4'],
    ['a\r\nX-Evil: 1.mp4', 'inline; filename="aX-Evil: 1.mp4"'],
    ['evil\u202e4pm.exe', 'inline; filename=evil4pm.exe'],
    ['', 'inline'],
    ['folder/', 'inline'],
  ])('writes %j as %s', (filename, header) => {
    expect(inline(filename)).toBe(header);
  });

  it('is one line of plain ASCII for any name', () => {
    for (const name of ['\ud800', '\u0000', 'é', '\u2028', '🎬', '%41', "a'b"]) expect(inline(name)).toMatch(/^[\x20-\x7e]+$/);
  });

  it('makes a download of what a browser could run, and of what was asked for', () => {
    const [type, filename] = ['inline', 'x'] as const;
    for (const contentType of [
      'text/html',
      'application/pdf',
      'application/javascript',
      'image/svg',
      'application/octet-stream',
    ]) {
      expect(contentDisposition(contentType, { type, filename })).toBe('attachment; filename=x');
      expect(contentDisposition(contentType, undefined)).toBe('attachment');
    }
    expect(contentDisposition('video/mp4', { type: 'attachment', filename })).toBe('attachment; filename=x');
    expect(contentDisposition('video/mp4', undefined)).toBe('inline');
  });
});

describe('isInlineType', () => {
  it.each(['video/mp4', 'VIDEO/MP4; codecs="avc1"', 'image/svg+xml', 'application/vnd.apple.mpegurl'])('shows %s', (type) => {
    expect(isInlineType(type)).toBe(true);
  });
  it.each(['', 'text/html', 'video', 'video/mp4x', 'text/html;video/mp4'])('does not show %j', (type) => {
    expect(isInlineType(type)).toBe(false);
  });
});
