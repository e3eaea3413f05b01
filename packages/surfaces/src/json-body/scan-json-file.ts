import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import path from 'node:path';
import { createJsonScanner, type ScannedJson } from './json-scanner.ts';
import type { FileSink } from './long-string.ts';

export interface ScanRequest {
  /** Holds the raw body. */
  readonly bodyPath: string;
  /** Folder for decoded data URIs. */
  readonly scratchPath: string;
  readonly nonce: string;
  readonly maxDataBytes: number;
}

const sliceBytes = 1024 * 1024;

/** Scans a body that lies on disk. Blocks; meant for a thread of its own. Throws SyntaxError and DomainError `too_large`. */
export function scanJsonFile(request: ScanRequest): ScannedJson {
  const scanner = createJsonScanner({
    nonce: request.nonce,
    maxDataBytes: request.maxDataBytes,
    openFile: (index) => openSink(path.join(request.scratchPath, `data-${index}`)),
  });
  const slice = Buffer.alloc(sliceBytes);
  const body = openSync(request.bodyPath, 'r');
  try {
    for (;;) {
      const length = readSync(body, slice, 0, sliceBytes, null);
      if (length === 0) return scanner.end();
      scanner.push(slice.subarray(0, length));
    }
  } finally {
    closeSync(body);
  }
}

function openSink(filePath: string): FileSink {
  const file = openSync(filePath, 'wx');
  return {
    path: filePath,
    write(bytes) {
      for (let written = 0; written < bytes.byteLength; ) written += writeSync(file, bytes, written);
    },
    close: () => closeSync(file),
  };
}
