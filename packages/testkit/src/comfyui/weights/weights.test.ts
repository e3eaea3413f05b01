import { mkdtemp, open, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { aceTransformer, aceVae, fullAce, qwen, qwenCodes, qwenTags } from './ace.ts';
import { clipVision, fullClip, fullUmt5, t5Encoder, wav2vec2 } from './encoders.ts';
import { countOf, type TensorSpec } from './tensor.ts';
import { tinyModels } from './tiny-models.ts';
import { fullWan, wan22Vae, wanTransformer, wanVae } from './wan.ts';
import { toFloat8, writeSafetensors } from './write-safetensors.ts';

const header = z.record(
  z.string(),
  z.object({ dtype: z.string(), shape: z.array(z.int()), data_offsets: z.tuple([z.int(), z.int()]) }),
);

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weights-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function readHeader(path: string) {
  const handle = await open(path);
  try {
    const { buffer } = await handle.read(Buffer.alloc(8), 0, 8, 0);
    const length = Number(buffer.readBigUInt64LE(0));
    const { buffer: json } = await handle.read(Buffer.alloc(length), 0, length, 8);
    return { table: header.parse(JSON.parse(json.toString())), start: 8 + length };
  } finally {
    await handle.close();
  }
}

const parameters = (tensors: readonly TensorSpec[]): number => tensors.reduce((sum, { shape }) => sum + countOf(shape), 0);

describe('safetensors', () => {
  const tensors: TensorSpec[] = [
    { name: 'a', shape: [2, 3], fill: { kind: 'normal', deviation: 1 } },
    { name: 'hole', shape: [1000], fill: { kind: 'zeros' } },
    { name: 'one', shape: [2], fill: { kind: 'constant', value: 1.5 }, type: 'F16' },
    { name: 'scalar', shape: [], fill: { kind: 'constant', value: 4 } },
  ];
  it('hold every tensor at the place that the table says, without gaps', async () => {
    const path = join(folder, 'a.safetensors');
    await writeSafetensors(path, { tensors, type: 'F32', seed: 1 });
    const { table, start } = await readHeader(path);
    const bytes = await readFile(path);
    expect(start % 8).toBe(0);
    expect(Object.values(table).map(({ data_offsets }) => data_offsets)).toEqual([
      [0, 24],
      [24, 4024],
      [4024, 4028],
      [4028, 4032],
    ]);
    expect(bytes.length).toBe(start + 4032);
    expect(bytes.readUInt16LE(start + 4024)).toBe(0x3e00);
    expect(bytes.readFloatLE(start + 4028)).toBe(4);
    expect(bytes.subarray(start, start + 24).some((byte) => byte !== 0)).toBe(true);
    expect(bytes.subarray(start + 24, start + 4024).every((byte) => byte === 0)).toBe(true);
  });
  it('are the same bytes for the same seed and others for another', async () => {
    const write = async (name: string, seed: number) => {
      await writeSafetensors(join(folder, name), { tensors, type: 'F16', seed });
      return readFile(join(folder, name));
    };
    expect(await write('b', 5)).toEqual(await write('c', 5));
    expect(await write('d', 6)).not.toEqual(await write('b', 5));
  });
  it('of zeros take no room on the disk', async () => {
    const path = join(folder, 'sparse.safetensors');
    await writeSafetensors(path, { tensors: [{ name: 'w', shape: [2 ** 30], fill: { kind: 'zeros' } }], type: 'F16', seed: 1 });
    const { size, blocks } = await stat(path);
    expect(size).toBeGreaterThan(2 ** 31);
    expect(blocks * 512).toBeLessThan(2 ** 20);
  });
  it('refuse a name that stands twice, and leave nothing behind', async () => {
    const path = join(folder, 'twice.safetensors');
    const twice = [...tensors, ...tensors];
    await expect(writeSafetensors(path, { tensors: twice, type: 'F32', seed: 1 })).rejects.toThrow(/two tensors/);
    await expect(stat(path)).rejects.toThrow();
  });
  it('have normals of the asked deviation', async () => {
    const path = join(folder, 'normal');
    const spread: TensorSpec = { name: 'n', shape: [100_000], fill: { kind: 'normal', deviation: 0.5 } };
    await writeSafetensors(path, { tensors: [spread], type: 'F32', seed: 3 });
    const { start } = await readHeader(path);
    const bytes = await readFile(path);
    const values = Array.from({ length: 100_000 }, (_, index) => bytes.readFloatLE(start + index * 4));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    expect(mean).toBeCloseTo(0, 1);
    expect(deviation).toBeCloseTo(0.5, 1);
  });
});

describe('eight-bit floats', () => {
  it('are the nearest of 4 bits of exponent and 3 of mantissa', () => {
    const known: [number, number][] = [
      [0, 0x00],
      [1, 0x38],
      [-1, 0xb8],
      [1.06, 0x38],
      [1.125, 0x39],
      [448, 0x7e],
      [1e9, 0x7e],
      [2 ** -6, 0x08],
      [2 ** -9, 0x01],
      [15.9, 0x58],
    ];
    expect(known.map(([value]) => toFloat8(value))).toEqual(known.map(([, bits]) => bits));
  });
});

describe('tables of names and shapes', () => {
  it('count as many values as the published models', () => {
    expect(parameters(wanTransformer(fullWan)) / 1e9).toBeCloseTo(14.29, 2);
    expect(parameters(t5Encoder(fullUmt5)) / 1e9).toBeCloseTo(5.68, 2);
    expect(parameters(wanVae(96)) / 1e6).toBeCloseTo(126.9, 1);
    expect(parameters(wan22Vae()) / 1e6).toBeCloseTo(704.7, 0);
    expect(parameters(clipVision(fullClip)) / 1e6).toBeCloseTo(632.1, 0);
    expect(parameters(wav2vec2()) / 1e6).toBeCloseTo(307, 0);
    expect(parameters(aceTransformer(fullAce)) / 1e9).toBeCloseTo(2.39, 2);
    expect(parameters(aceVae())).toBe(168_695_426);
    expect(parameters(qwen(qwenTags)) / 1e6).toBeCloseTo(595.8, 0);
    expect(parameters(qwen(qwenCodes)) / 1e9).toBeCloseTo(1.85, 2);
  });
  it('name every tensor once', () => {
    for (const { file, tensors } of tinyModels) {
      const names = tensors().map(({ name }) => name);
      expect(new Set(names).size, file).toBe(names.length);
    }
  });
});
