import { createBase64Decoder } from './base64-decoder.ts';

export type DataUriHead =
  /** Bytes follow from `bodyStart` on. `declaredType` is lower case, without parameters; empty: none was given. */
  { readonly kind: 'base64'; readonly declaredType: string; readonly bodyStart: number } | { readonly kind: 'other' };

/** The longest part before the comma that is looked at. */
export const headLengthMax = 1024;

/** Reads `data:<type>[;parameter=value];base64,`. `start` holds at least the first `headLengthMax` characters, or all there are. */
export function readDataUriHead(start: string): DataUriHead {
  const match = /^data:([^,;]*)((?:;[^,;]*)*),/i.exec(start.slice(0, headLengthMax));
  if (!match || !/;\s*base64\s*$/i.test(match[2] ?? '')) return { kind: 'other' };
  return { kind: 'base64', declaredType: (match[1] ?? '').trim().toLowerCase(), bodyStart: match[0].length };
}

export type DecodedDataUri =
  | { readonly kind: 'bytes'; readonly declaredType: string; readonly bytes: Uint8Array }
  /** No data URI in base64. */
  | { readonly kind: 'text' }
  | { readonly kind: 'fault'; readonly fault: 'invalid_base64' };

/** Decodes a whole data URI that is at hand as text. Strict: see `createBase64Decoder`. */
export function decodeDataUri(text: string): DecodedDataUri {
  const head = readDataUriHead(text);
  if (head.kind === 'other') return { kind: 'text' };
  const pieces: Uint8Array[] = [];
  const decoder = createBase64Decoder((bytes) => pieces.push(bytes));
  // UTF-8: a character outside ASCII becomes bytes that are outside the alphabet too.
  const body = Buffer.from(text.slice(head.bodyStart), 'utf8');
  decoder.push(body, 0, body.length);
  if (!decoder.end()) return { kind: 'fault', fault: 'invalid_base64' };
  return { kind: 'bytes', declaredType: head.declaredType, bytes: Buffer.concat(pieces) };
}
