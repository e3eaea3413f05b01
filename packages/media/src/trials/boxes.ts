import { readFile } from 'node:fs/promises';

export interface Box {
  readonly start: number;
  readonly end: number;
}

/** Where a film's `moov` and `mdat` lie. */
export const boxes = async (path: string): Promise<{ moov: Box; mdat: Box }> => {
  const bytes = await readFile(path);
  const found = new Map<string, Box>();
  for (let start = 0; start + 8 <= bytes.length; ) {
    const size = bytes.readUInt32BE(start);
    const length = size === 1 ? Number(bytes.readBigUInt64BE(start + 8)) : size === 0 ? bytes.length - start : size;
    found.set(bytes.toString('latin1', start + 4, start + 8), { start, end: start + length });
    start += length;
  }
  const moov = found.get('moov');
  const mdat = found.get('mdat');
  if (moov === undefined || mdat === undefined) throw new Error(`${path} is no plain MP4`);
  return { moov, mdat };
};
