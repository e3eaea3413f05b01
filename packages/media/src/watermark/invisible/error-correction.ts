/** Bits of an id, of its check, and of the tail that brings the coder back to rest. */
const ID_BITS = 64;
const CHECK_BITS = 24;
const TAIL_BITS = 6;
const MESSAGE_BITS = ID_BITS + CHECK_BITS;
/** Three coded bits for each; constraint length 7, the generators with the best distance (133, 165, 171 in octal). */
const GENERATORS = [0o133, 0o165, 0o171] as const;
const STATES = 64;

export const CODED_BITS = (MESSAGE_BITS + TAIL_BITS) * GENERATORS.length;

const parity = (value: number): number => {
  let bits = value;
  bits ^= bits >> 4;
  bits ^= bits >> 2;
  bits ^= bits >> 1;
  return bits & 1;
};

/** Coded bits that leave the coder on `input` in `state`, as signs. */
const outputs: readonly (readonly number[])[] = Array.from({ length: STATES * 2 }, (_, register) =>
  GENERATORS.map((generator) => (parity(register & generator) === 1 ? 1 : -1)),
);

/** CRC-24 as OpenPGP has it, over the eight bytes of an id. */
const checkOf = (id: bigint): number => {
  let crc = 0xb704ce;
  for (let shift = 56n; shift >= 0n; shift -= 8n) {
    crc ^= Number((id >> shift) & 255n) << 16;
    for (let bit = 0; bit < 8; bit += 1) {
      crc <<= 1;
      if ((crc & 0x1000000) !== 0) crc ^= 0x1864cfb;
    }
  }
  return crc & 0xffffff;
};

/** An id of 64 bits as `CODED_BITS` signs. */
export const encodeId = (id: bigint): Int8Array => {
  const message = (id << BigInt(CHECK_BITS)) | BigInt(checkOf(id));
  const signs = new Int8Array(CODED_BITS);
  let state = 0;
  for (let index = 0; index < MESSAGE_BITS + TAIL_BITS; index += 1) {
    const bit = index < MESSAGE_BITS ? Number((message >> BigInt(MESSAGE_BITS - 1 - index)) & 1n) : 0;
    const register = (bit << 6) | state;
    signs.set(outputs[register] ?? [], index * GENERATORS.length);
    state = register >> 1;
  }
  return signs;
};

/**
 * The id in soft signs (their size says how sure they are), or null when the most likely message fails its check: an answer is wrong
 * with a probability of 2^-24 for rubbish.
 */
export const decodeId = (soft: Float64Array): bigint | null => {
  const steps = MESSAGE_BITS + TAIL_BITS;
  let scores = new Float64Array(STATES).fill(Number.NEGATIVE_INFINITY);
  scores[0] = 0;
  const chosen: Uint8Array[] = [];
  for (let index = 0; index < steps; index += 1) {
    const next = new Float64Array(STATES).fill(Number.NEGATIVE_INFINITY);
    const from = new Uint8Array(STATES);
    const inputs = index < MESSAGE_BITS ? 2 : 1;
    for (let state = 0; state < STATES; state += 1) {
      const score = scores[state] ?? Number.NEGATIVE_INFINITY;
      if (score === Number.NEGATIVE_INFINITY) continue;
      for (let bit = 0; bit < inputs; bit += 1) {
        const register = (bit << 6) | state;
        let gained = score;
        const signs = outputs[register] ?? [];
        for (let output = 0; output < GENERATORS.length; output += 1)
          gained += (signs[output] ?? 0) * (soft[index * GENERATORS.length + output] ?? 0);
        const target = register >> 1;
        if (gained > (next[target] ?? Number.NEGATIVE_INFINITY)) {
          next[target] = gained;
          // The lowest bit of a state is pushed out by the next input; it tells where the path came from.
          from[target] = state & 1;
        }
      }
    }
    scores = next;
    chosen.push(from);
  }
  return checked(traceBack(chosen));
};

const traceBack = (chosen: readonly Uint8Array[]): bigint => {
  let state = 0;
  let message = 0n;
  for (let index = chosen.length - 1; index >= 0; index -= 1) {
    const bit = state >> 5;
    if (index < MESSAGE_BITS) message |= BigInt(bit) << BigInt(MESSAGE_BITS - 1 - index);
    state = ((state << 1) & (STATES - 1)) | (chosen[index]?.[state] ?? 0);
  }
  return message;
};

const checked = (message: bigint): bigint | null => {
  const id = message >> BigInt(CHECK_BITS);
  return checkOf(id) === Number(message & 0xffffffn) ? id : null;
};
