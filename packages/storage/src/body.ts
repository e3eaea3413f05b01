import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { DomainError, type ObjectBody, type PutOptions, type StoredObject } from '@polyreel/core';

export function openBody(body: ObjectBody): Readable {
  if (body instanceof Readable) return body;
  if (body instanceof Uint8Array) return Readable.from([body], { objectMode: false });
  return createReadStream(body.path);
}

/** A stream that counts and hashes what passes, and fails as soon as the limits of `options` are broken. */
export interface Meter {
  readonly stream: Transform;
  /** Of what has passed so far. */
  measure(): StoredObject;
}

export function createMeter({ sizeBytes, maxBytes }: Pick<PutOptions, 'sizeBytes' | 'maxBytes'>): Meter {
  const hash = createHash('sha256');
  let passed = 0;
  const limit = Math.min(sizeBytes ?? Number.POSITIVE_INFINITY, maxBytes ?? Number.POSITIVE_INFINITY);
  const fault = () => {
    if (maxBytes !== undefined && passed > maxBytes) {
      return new DomainError('too_large', `the file is larger than ${maxBytes} bytes`, {
        code: 'object_too_large',
        details: { maxBytes },
      });
    }
    return new DomainError('invalid_request', `the body has ${passed > limit ? 'more than' : passed} of ${sizeBytes} bytes`, {
      code: 'size_mismatch',
    });
  };
  const stream = new Transform({
    transform(chunk: Uint8Array, _encoding, callback) {
      passed += chunk.byteLength;
      if (passed > limit) return callback(fault());
      hash.update(chunk);
      callback(null, chunk);
    },
    flush(callback) {
      callback(sizeBytes !== undefined && passed !== sizeBytes ? fault() : null);
    },
  });
  return { stream, measure: () => ({ sizeBytes: passed, sha256: hash.copy().digest('hex') }) };
}
