import { createCipheriv, hkdfSync } from 'node:crypto';
import { CODED_BITS, encodeId } from './error-correction.ts';

/** The mark is a square of this many chips a side, repeated over the picture. */
export const TILE_CHIPS = 64;
const CHIPS = TILE_CHIPS * TILE_CHIPS;
/** Chips that are the same for every id of a key: a reader finds scale and place by them. */
const SYNC_CHIPS = 1536;
/** Chips along the shorter side of a picture, so that a scaled copy keeps its mark. */
export const CHIPS_PER_SIDE = 120;

/** Where each chip of a key goes. */
export interface Layout {
  /** Sign of a sync chip, 0 elsewhere; row by row. */
  readonly sync: Int8Array;
  /** Coded bit that a chip carries; -1: a sync chip. */
  readonly bitOf: Int16Array;
  /** The sign a chip of value +1 has. */
  readonly mask: Int8Array;
}

/** The keyed layout: without the key a mark is neither found nor forged. The key is 32 bytes. */
export const buildLayout = (key: Uint8Array): Layout => {
  const random = keyedNumbers(key);
  const order = Uint16Array.from({ length: CHIPS }, (_, index) => index);
  for (let last = CHIPS - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    const kept = order[last] ?? 0;
    order[last] = order[other] ?? 0;
    order[other] = kept;
  }
  const sync = new Int8Array(CHIPS);
  const bitOf = new Int16Array(CHIPS).fill(-1);
  const mask = new Int8Array(CHIPS);
  for (const [place, chip] of order.entries()) {
    const sign = random() < 0.5 ? 1 : -1;
    mask[chip] = sign;
    if (place < SYNC_CHIPS) sync[chip] = sign;
    else bitOf[chip] = (place - SYNC_CHIPS) % CODED_BITS;
  }
  return { sync, bitOf, mask };
};

/** The signs of all chips of a tile that carries an id. */
export const buildTile = (layout: Layout, id: bigint): Int8Array => {
  const coded = encodeId(id);
  return layout.mask.map((sign, chip) => {
    const bit = layout.bitOf[chip] ?? -1;
    return bit < 0 ? sign : sign * (coded[bit] ?? 0);
  });
};

/** Numbers from 0 to below 1, the same for the same key on every machine. */
const keyedNumbers = (key: Uint8Array): (() => number) => {
  const stretched = Buffer.from(hkdfSync('sha256', key, new Uint8Array(0), 'invisible mark layout 1', 48));
  const stream = createCipheriv('aes-256-ctr', stretched.subarray(0, 32), stretched.subarray(32)).update(Buffer.alloc(CHIPS * 8));
  let offset = 0;
  return () => {
    const value = stream.readUInt32BE(offset) / 2 ** 32;
    offset += 4;
    return value;
  };
};
