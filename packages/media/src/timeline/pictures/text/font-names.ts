/// <reference path="../wawoff2.d.ts" />
import { decompress } from 'wawoff2';

/** The family names inside a TrueType, OpenType or woff2 file, lower case; empty for what cannot be read. */
export const readFontNames = async (file: Uint8Array): Promise<string[]> => {
  const isWoff2 = Buffer.from(file.subarray(0, 4)).toString('latin1') === 'wOF2';
  try {
    return namesOf(Buffer.from(isWoff2 ? await decompress(file) : file));
  } catch (error) {
    // A damaged file has no names; whether it can be drawn is for the font engine to say.
    if (error instanceof Error) return [];
    throw error;
  }
};

const FAMILY_NAME_IDS = [1, 4, 16];

const namesOf = (font: Buffer): string[] => {
  const tag = font.toString('latin1', 0, 4);
  const start = tag === 'ttcf' ? font.readUInt32BE(12) : 0;
  const tableCount = font.readUInt16BE(start + 4);
  for (let table = 0; table < tableCount; table += 1) {
    const entry = start + 12 + table * 16;
    if (font.toString('latin1', entry, entry + 4) === 'name') return readNameTable(font, font.readUInt32BE(entry + 8));
  }
  return [];
};

const readNameTable = (font: Buffer, at: number): string[] => {
  const count = font.readUInt16BE(at + 2);
  const strings = at + font.readUInt16BE(at + 4);
  const names = new Set<string>();
  for (let index = 0; index < count; index += 1) {
    const record = at + 6 + index * 12;
    const platform = font.readUInt16BE(record);
    if (!FAMILY_NAME_IDS.includes(font.readUInt16BE(record + 6))) continue;
    const from = strings + font.readUInt16BE(record + 10);
    const bytes = font.subarray(from, from + font.readUInt16BE(record + 8));
    const isWide = platform === 0 || platform === 3;
    names.add((isWide ? Buffer.from(bytes).swap16().toString('utf16le') : bytes.toString('latin1')).toLowerCase());
  }
  return [...names];
};
