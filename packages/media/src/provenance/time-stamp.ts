import { createHash, randomBytes } from 'node:crypto';

const timeoutMs = 10_000;
const answerBytesMax = 64 * 1024;

/**
 * Asks a time stamp authority (RFC 3161) for a token over `message` with SHA-256, its certificates included. Throws an Error that says
 * what went wrong. Whether the token is to be trusted is not judged here, readers do that; but it must be over this message.
 */
export const requestTimeStamp = async (url: string, message: Uint8Array): Promise<Uint8Array> => {
  const digest = createHash('sha256').update(message).digest();
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/timestamp-query', Accept: 'application/timestamp-reply' },
    body: new Uint8Array(buildTimeStampRequest(digest, randomBytes(8))),
    signal: AbortSignal.timeout(timeoutMs),
    redirect: 'error',
  });
  if (!response.ok) throw new Error(`the time stamp authority answered ${response.status}`);
  const answer = Buffer.from(await response.arrayBuffer());
  if (answer.length > answerBytesMax) throw new Error(`the time stamp answer has ${answer.length} bytes`);
  const token = readTimeStampToken(answer);
  if (!token.includes(digest)) throw new Error('the time stamp is over another message');
  return token;
};

const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  const length =
    body.length < 128 ? [body.length] : body.length < 256 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
};

const sha256Identifier = Buffer.from('0609608648016503040201', 'hex');

export const buildTimeStampRequest = (digest: Uint8Array, nonce: Uint8Array): Buffer => {
  const algorithm = der(0x30, sha256Identifier, Buffer.from([0x05, 0x00]));
  const imprint = der(0x30, algorithm, der(0x04, digest));
  // A zero in front keeps the number positive.
  return der(
    0x30,
    der(0x02, Buffer.from([1])),
    imprint,
    der(0x02, Buffer.from([0]), Buffer.from([(nonce[0] ?? 0) | 0x80]), nonce.subarray(1)),
    der(0x01, Buffer.from([0xff])),
  );
};

/** The token of a granted answer. */
export const readTimeStampToken = (answer: Buffer): Buffer => {
  const whole = element(answer, 0);
  const status = element(answer, whole.start);
  const state = element(answer, status.start);
  const value = answer.readUIntBE(state.start, Math.min(4, state.end - state.start));
  if (value > 1) throw new Error(`the time stamp authority refused with status ${value}`);
  if (status.end >= whole.end) throw new Error('the time stamp answer holds no token');
  return answer.subarray(status.end, element(answer, status.end).end);
};

/** Where the content of the DER element at `offset` starts and ends. */
const element = (bytes: Buffer, offset: number): { start: number; end: number } => {
  const first = bytes.readUInt8(offset + 1);
  const lengthBytes = first < 128 ? 0 : first & 127;
  if (lengthBytes > 4) throw new Error('the time stamp answer cannot be read');
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(offset + 2, lengthBytes);
  const start = offset + 2 + lengthBytes;
  if (start + length > bytes.length) throw new Error('the time stamp answer is cut short');
  return { start, end: start + length };
};
