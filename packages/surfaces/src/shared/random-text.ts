/** `length` characters drawn evenly from `alphabet` (at most 256 characters). */
export function randomText(alphabet: string, length: number, randomBytes: (size: number) => Uint8Array): string {
  const limit = 256 - (256 % alphabet.length);
  let text = '';
  while (text.length < length)
    for (const byte of randomBytes(length))
      if (byte < limit && text.length < length) text += alphabet.charAt(byte % alphabet.length);
  return text;
}

export const lowerAlphanumerics = 'abcdefghijklmnopqrstuvwxyz0123456789';
