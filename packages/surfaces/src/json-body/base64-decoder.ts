/** Strict base64 (RFC 4648, section 4) in pieces of any size; white space may stand anywhere. */
export interface Base64Decoder {
  /** Takes `bytes[start..end)`, the characters of the text as ASCII. */
  push(bytes: Uint8Array, start: number, end: number): void;
  /** Decodes the rest. False: a character outside the alphabet, wrong or missing padding, text behind it. */
  end(): boolean;
}

const alphabet = 1;
const whiteSpace = 2;
const padding = 3;
const classOfByte = ((): Uint8Array => {
  const classes = new Uint8Array(256);
  for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')
    classes[character.charCodeAt(0)] = alphabet;
  for (const character of ' \t\r\n') classes[character.charCodeAt(0)] = whiteSpace;
  classes['='.charCodeAt(0)] = padding;
  return classes;
})();

/** A multiple of four, so that every piece but the last decodes on its own. */
const stagingBytes = 64 * 1024;

/** `write` gets each decoded piece once; the piece is not reused. */
export function createBase64Decoder(write: (bytes: Uint8Array) => void): Base64Decoder {
  const staging = Buffer.allocUnsafe(stagingBytes);
  let staged = 0;
  let characters = 0;
  let pads = 0;
  let isValid = true;

  const flush = (): void => {
    if (staged > 0) write(Buffer.from(staging.toString('latin1', 0, staged), 'base64'));
    staged = 0;
  };
  const stage = (bytes: Uint8Array, start: number, end: number): void => {
    characters += end - start;
    for (let at = start; at < end; ) {
      const taken = Math.min(stagingBytes - staged, end - at);
      staging.set(bytes.subarray(at, at + taken), staged);
      staged += taken;
      at += taken;
      if (staged === stagingBytes) flush();
    }
  };
  return {
    push(bytes, start, end) {
      for (let at = start; at < end && isValid; at += 1) {
        const runStart = at;
        while (at < end && classOfByte[bytes[at] ?? 0] === alphabet) at += 1;
        if (at > runStart && pads > 0) isValid = false;
        else stage(bytes, runStart, at);
        if (at === end) return;
        const kind = classOfByte[bytes[at] ?? 0];
        if (kind === padding) pads += 1;
        else if (kind !== whiteSpace) isValid = false;
      }
    },
    end() {
      if (!isValid || (characters + pads) % 4 !== 0 || pads > 2) return false;
      flush();
      return true;
    },
  };
}
