import type { LinkOptions } from '@polyreel/core';
import { create } from 'content-disposition';

/** What a browser may show in place. Everything else is downloaded, whatever the link says. */
const inlineTypes: ReadonlySet<string> = new Set([
  'video/mp4',
  'video/webm',
  'video/quicktime',
  'video/mp2t',
  'application/vnd.apple.mpegurl',
  'application/x-mpegurl',
  'audio/mpeg',
  'audio/mp3',
  'audio/wav',
  'audio/wave',
  'audio/x-wav',
  'audio/vnd.wave',
  'audio/mp4',
  'audio/x-m4a',
  'audio/m4a',
  'audio/ogg',
  'video/ogg',
  'application/ogg',
  'image/png',
  'image/jpeg',
  'image/webp',
  'image/gif',
  'image/svg+xml',
]);

export function isInlineType(contentType: string): boolean {
  return inlineTypes.has((contentType.split(';', 1)[0] ?? '').trim().toLowerCase());
}

/** RFC 6266 value, with `filename*` where the name is not plain ASCII. */
export function contentDisposition(contentType: string, disposition: LinkOptions['disposition']): string {
  const type = disposition?.type === 'attachment' || !isInlineType(contentType) ? 'attachment' : 'inline';
  const name = disposition === undefined ? '' : cleanName(disposition.filename);
  return name === '' ? create(undefined, { type }) : create(name, { type });
}

/** A name, not a path, without what a header or a file system takes amiss. */
function cleanName(filename: string): string {
  const name = filename.toWellFormed().split(/[\\/]/).at(-1) ?? '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
  return name.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '').trim();
}
