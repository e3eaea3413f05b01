/** What a COSE signature is made of; the few types of RFC 8949 that it needs. */
export type CborValue = number | string | Uint8Array | null | readonly CborValue[] | CborMap | CborTag;

/** Pairs in the order given: a map of the writer's own choosing. */
export interface CborMap {
  readonly pairs: readonly (readonly [CborValue, CborValue])[];
}

export interface CborTag {
  readonly tag: number;
  readonly value: CborValue;
}

const isArray = (value: CborValue): value is readonly CborValue[] => Array.isArray(value);

/** Encodes with shortest lengths. Numbers are whole, within 32 bits. */
export const encodeCbor = (value: CborValue): Buffer => {
  if (value === null) return Buffer.from([0xf6]);
  if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -1 - value);
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value, 'utf8')]);
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value]);
  if (isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(encodeCbor)]);
  if ('pairs' in value) return Buffer.concat([head(5, value.pairs.length), ...value.pairs.flat().map(encodeCbor)]);
  return Buffer.concat([head(6, value.tag), encodeCbor(value.value)]);
};

const head = (majorType: number, size: number): Buffer => {
  const major = majorType << 5;
  if (size < 24) return Buffer.from([major | size]);
  if (size < 0x100) return Buffer.from([major | 24, size]);
  if (size < 0x10000) return Buffer.from([major | 25, size >> 8, size & 255]);
  return Buffer.from([major | 26, size >>> 24, (size >>> 16) & 255, (size >>> 8) & 255, size & 255]);
};
