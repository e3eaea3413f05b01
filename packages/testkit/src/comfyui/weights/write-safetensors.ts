import { open, rename, rm } from 'node:fs/promises';
import { bytesOf, bytesOfType, type Fill, type TensorSpec, type TensorType } from './tensor.ts';

export interface SafetensorsFile {
  readonly tensors: readonly TensorSpec[];
  readonly type: TensorType;
  readonly seed: number;
  readonly metadata?: Readonly<Record<string, string>>;
}

const blockBytes = 8 * 2 ** 20;

/**
 * Writes a file of the safetensors form: eight bytes of length, a table as JSON, the values. Zeros are left out as holes, so a file of many
 * gigabytes may take no room. The same seed gives the same bytes. The file appears whole under its name, or not at all.
 */
export async function writeSafetensors(path: string, { tensors, type, seed, metadata }: SafetensorsFile): Promise<void> {
  const header = buildHeader(tensors, type, metadata);
  const partial = `${path}.partial`;
  const handle = await open(partial, 'w');
  try {
    await handle.write(header, 0, header.length, 0);
    let offset = header.length;
    const tiles = new Map<string, Buffer>();
    for (const [index, tensor] of tensors.entries()) {
      const tensorType = tensor.type ?? type;
      const length = bytesOf(tensor, type);
      for (const { at, bytes } of valuesOf(tensor.fill, tensorType, { length, seed: seed + index, tiles }))
        await handle.write(bytes, 0, bytes.length, offset + at);
      offset += length;
    }
    await handle.truncate(offset);
    await handle.close();
    await rename(partial, path);
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(partial, { force: true });
    throw error;
  }
}

/** Padded with spaces, so that the values begin at a multiple of eight. Throws RangeError for a name that stands twice. */
export function buildHeader(
  tensors: readonly TensorSpec[],
  type: TensorType,
  metadata?: Readonly<Record<string, string>>,
): Buffer {
  const table: Record<string, unknown> = metadata === undefined ? {} : { __metadata__: metadata };
  let end = 0;
  for (const tensor of tensors) {
    if (tensor.name in table) throw new RangeError(`two tensors are called ${tensor.name}`);
    const begin = end;
    end += bytesOf(tensor, type);
    table[tensor.name] = { dtype: tensor.type ?? type, shape: tensor.shape, data_offsets: [begin, end] };
  }
  const json = Buffer.from(JSON.stringify(table));
  const padded = Math.ceil(json.length / 8) * 8;
  const header = Buffer.alloc(8 + padded, ' ');
  header.writeBigUInt64LE(BigInt(padded), 0);
  json.copy(header, 8);
  return header;
}

interface Values {
  readonly length: number;
  readonly seed: number;
  /** Values of one kind, encoded once a file. */
  readonly tiles: Map<string, Buffer>;
}

/** A prime: blocks that begin at different places of the tile repeat nothing that a convolution could see. */
const tileLength = 65_521;
let unitNormals: Float32Array | undefined;

/** Values out of one tile, from a place that the seed says: fifteen thousand million of them must not take an hour. */
function* valuesOf(fill: Fill, type: TensorType, { length, seed, tiles }: Values): Generator<{ at: number; bytes: Buffer }> {
  if (fill.kind === 'zeros') return;
  const key = `${type} ${JSON.stringify(fill)}`;
  const tile = tiles.get(key) ?? encode(drawValues(fill), type);
  tiles.set(key, tile);
  const size = bytesOfType[type];
  for (let at = 0; at < length; at += blockBytes) {
    const bytes = Buffer.allocUnsafe(Math.min(blockBytes, length - at));
    let from = (Math.abs(Math.imul(seed + at, 2_654_435_761)) % tileLength) * size;
    for (let to = 0; to < bytes.length; from = 0) to += tile.copy(bytes, to, from);
    yield { at, bytes };
  }
}

function drawValues(fill: Exclude<Fill, { kind: 'zeros' }>): Float32Array {
  if (fill.kind === 'constant') return new Float32Array(tileLength).fill(fill.value);
  unitNormals ??= drawTile();
  return unitNormals.map((value) => value * fill.deviation);
}

/** Box and Muller over a linear congruence. */
function drawTile(): Float32Array {
  let state = 1;
  const uniform = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 1) / 4_294_967_297;
  };
  return Float32Array.from({ length: tileLength }, () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()));
}

function encode(values: Float32Array, type: TensorType): Buffer {
  if (type === 'F32') return Buffer.from(values.buffer);
  if (type === 'F16') return Buffer.from(new Float16Array(values).buffer);
  return Buffer.from(Uint8Array.from(values, toFloat8));
}

/** Nearest value with four bits of exponent and three of mantissa, held at the largest one, 448. */
export function toFloat8(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x80 : 0;
  const size = Math.min(Math.abs(value), 448);
  const exponent = Math.max(-6, Math.floor(Math.log2(size || 2 ** -9)));
  const steps = Math.round((size / 2 ** exponent) * 8);
  // Below the smallest normal number the exponent field is zero and the leading one is not implied.
  return sign | (exponent === -6 && steps < 8 ? steps : (exponent + 6) * 8 + steps);
}
