import { createBase64Decoder, type Base64Decoder } from './base64-decoder.ts';
import { headLengthMax, readDataUriHead } from './data-uri.ts';

/** What became of a string that was too long to stay in the value. */
export type MovedString =
  /** A base64 data URI, decoded. */
  | { readonly kind: 'file'; readonly path: string; readonly declaredType: string; readonly sizeBytes: number }
  /** Any other text; it was dropped. */
  | { readonly kind: 'text' }
  | { readonly kind: 'fault'; readonly fault: 'invalid_base64' | 'too_large' };

/** A file that is written from front to back. */
export interface FileSink {
  readonly path: string;
  write(bytes: Uint8Array): void;
  /** Call once. */
  close(): void;
}

/** Takes the unescaped bytes of one long string; nothing of it is kept in memory. */
export interface LongString {
  push(bytes: Uint8Array, start: number, end: number): void;
  end(): MovedString;
  /** Releases the file of a string whose end never came. */
  abandon(): void;
}

export function createLongString(options: { openFile(): FileSink; maxDataBytes: number }): LongString {
  const head = Buffer.alloc(headLengthMax);
  let headLength = 0;
  let declaredType = '';
  let decoder: Base64Decoder | null = null;
  let isHeadRead = false;
  let file: FileSink | null = null;
  let sizeBytes = 0;

  const write = (bytes: Uint8Array): void => {
    sizeBytes += bytes.byteLength;
    if (sizeBytes <= options.maxDataBytes) file?.write(bytes);
  };
  const close = (): void => {
    file?.close();
    file = null;
  };
  const readHead = (): void => {
    isHeadRead = true;
    const found = readDataUriHead(head.toString('latin1', 0, headLength));
    if (found.kind === 'other') return;
    declaredType = found.declaredType;
    file = options.openFile();
    decoder = createBase64Decoder(write);
    decoder.push(head, found.bodyStart, headLength);
  };
  return {
    push(bytes, start, end) {
      let at = start;
      if (!isHeadRead) {
        const taken = Math.min(headLengthMax - headLength, end - start);
        head.set(bytes.subarray(start, start + taken), headLength);
        headLength += taken;
        at += taken;
        if (headLength === headLengthMax) readHead();
      }
      if (at < end) decoder?.push(bytes, at, end);
    },
    end() {
      if (!isHeadRead) readHead();
      if (!decoder || !file) return { kind: 'text' };
      const { path } = file;
      const isValid = decoder.end();
      close();
      if (!isValid) return { kind: 'fault', fault: 'invalid_base64' };
      return sizeBytes > options.maxDataBytes
        ? { kind: 'fault', fault: 'too_large' }
        : { kind: 'file', path, declaredType, sizeBytes };
    },
    abandon: close,
  };
}
