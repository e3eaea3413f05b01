/** Prefix of every internal id; surfaces show their own form of id, stored beside the job. */
export const idPrefixes = {
  job: 'job',
  step: 'stp',
  file: 'fil',
  account: 'usr',
  key: 'key',
  template: 'tpl',
  endpoint: 'whk',
  delivery: 'dlv',
  event: 'evt',
  audit: 'aud',
  ledger: 'led',
  worker: 'wrk',
  secret: 'sec',
  token: 'tok',
} as const;
export type IdKind = keyof typeof idPrefixes;

export interface Clock {
  now(): Date;
}

export interface IdSource {
  /** `<prefix>_` + 26 sortable characters (48 bits of milliseconds, 80 random bits, Crockford base 32, lower case). */
  next(kind: IdKind): string;
}

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** Writes `bytes` as base 32, most significant bit first, padded in front to whole characters. */
function encodeBase32(bytes: Uint8Array, length: number): string {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  let text = '';
  for (let index = 0; index < length; index += 1) {
    text = alphabet.charAt(Number(value & 31n)) + text;
    value >>= 5n;
  }
  return text;
}

/** `randomBytes(n)` must return n unpredictable bytes. */
export function createIdSource(clock: Clock, randomBytes: (size: number) => Uint8Array): IdSource {
  return {
    next(kind) {
      const time = new Uint8Array(6);
      let milliseconds = clock.now().getTime();
      for (let index = 5; index >= 0; index -= 1) {
        time[index] = milliseconds % 256;
        milliseconds = Math.floor(milliseconds / 256);
      }
      return `${idPrefixes[kind]}_${encodeBase32(time, 10)}${encodeBase32(randomBytes(10), 16)}`;
    },
  };
}
