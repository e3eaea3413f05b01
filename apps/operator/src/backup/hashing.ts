import { createHash, type Hash } from 'node:crypto';
import { Transform } from 'node:stream';

/** Passes bytes on and knows their SHA-256 and number at the end. */
export function createHashingStream(): { stream: Transform; result: () => { sha256: string; sizeBytes: number } } {
  const hash: Hash = createHash('sha256');
  let sizeBytes = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      done(null, chunk);
    },
  });
  return { stream, result: () => ({ sha256: hash.digest('hex'), sizeBytes }) };
}
