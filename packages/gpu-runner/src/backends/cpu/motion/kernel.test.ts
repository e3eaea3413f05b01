/// <reference path="../webassembly.d.ts" />
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProcess } from '@polyreel/media';
import { describe, expect, it } from 'vitest';
import { compileWarpKernel, createWarpKernel } from './kernel.ts';
import { hash } from './noise.ts';
import { LIFE_SLOTS, MORPH_SLOTS, PARALLAX_SLOTS, type ParamValues, setParams, TALK_SLOTS } from './params.ts';

const source = (name: string): Promise<string> => readFile(new URL(name, import.meta.url), 'utf8');

/** Names of an enum that starts with `first`, prefix cut. */
const enumOf = async (file: string, prefix: string, first: string): Promise<string[]> => {
  const text = (await source(file)).replace(/\/\*.*?\*\//gs, '');
  const body = [...text.matchAll(/enum \{(.*?)\};/gs)]
    .map((match) => match[1] ?? '')
    .find((names) => names.trim().startsWith(first));
  if (body === undefined) throw new Error(`${file} has no enum that starts with ${first}`);
  return body
    .split(',')
    .map((name) => name.trim().replace(/ = .*/, ''))
    .filter((name) => name !== '')
    .map((name) => (name.startsWith(prefix) ? name.slice(prefix.length) : name));
};

/** Another compiler may write other bytes that draw the same. */
const COMMITTED_WITH_CLANG = 14;

const params = <Name extends string>(slots: readonly Name[], values: ParamValues<Name>): Float32Array =>
  setParams(slots, new Float32Array(slots.length), values);

const canvas = { width: 96, height: 64 };
const size = canvas.width * canvas.height;
const picture = {
  ...canvas,
  data: Uint8Array.from({ length: size * 4 }, (_, at) => (at % 4 === 3 ? 255 : hash(at >> 3, at % 4, 3) & 0xff)),
};
const lumaAt = (x: number, y: number): number => {
  const at = (y * canvas.width + x) * 4;
  const [red = 0, green = 0, blue = 0] = picture.data.subarray(at, at + 3);
  return 16 + (219 * (0.2126 * red + 0.7152 * green + 0.0722 * blue)) / 255;
};

/** A hash of a frame of each program, with everything moving. */
const drawSampler = async (module: WebAssembly.Module): Promise<string[]> => {
  const field = {
    width: 16,
    height: 8,
    data: new Uint8Array(Float32Array.from({ length: 128 }, (_, at) => (at % 7) / 7).buffer),
  };
  const life = {
    NOISE_SEED: 3,
    GRAIN: 2,
    TIME: 1.7,
    LIFE_SEED: 9,
    LIGHT: 0.05,
    WIND: 0.4,
    RAIN: 1,
    SNOW: 1,
    SPARKS: 1,
    FOG: 0.6,
  };
  const centre = { CENTRE_X: 48, CENTRE_Y: 30, XX: 0.9, XY: 0.02, YX: -0.02, YY: 0.9 };
  const head = {
    HEAD_X: 48,
    HEAD_Y: 30,
    HEAD_RX: 20,
    HEAD_RY: 24,
    PIVOT_X: 48,
    PIVOT_Y: 60,
    MOVE_X: 1,
    MOVE_Y: 2,
    TURN: 0.02,
    GROW: 0.01,
  };
  const mouth = {
    MOUTH_X: 48,
    MOUTH_Y: 40,
    AXIS_X: 1,
    HALF_WIDTH: 10,
    LIP_BELOW: 4,
    LIP_ABOVE: 3,
    CHIN: 12,
    CHIN_END: 20,
    JAW_HALF: 18,
    NOSE: 8,
  };
  const open = { OPEN: 4, RAISE: 1, ROUND: 0.1, TEETH: 1, OPEN_MAX: 5, DARK_R: 30, TONGUE_R: 90, TOOTH_R: 200 };
  const programs = [
    { program: 'talk', layers: [picture], params: params(TALK_SLOTS, { ...life, ...head, ...mouth, ...open }) },
    {
      program: 'parallax',
      layers: [picture, field],
      params: params(PARALLAX_SLOTS, { ...life, ...centre, SHIFT_X: 4, SHIFT_Y: 2, DOLLY: 0.1, PIVOT: 0.4, SWAY: 0.01 }),
    },
    {
      program: 'morph',
      layers: [picture, picture, field, field],
      params: params(MORPH_SLOTS, { ...life, RATIO: 0.4, MIX: 0.4, ZOOM_FIRST: 1.02, ZOOM_LAST: 0.98 }),
    },
  ] as const;
  const hashes: string[] = [];
  for (const { program, layers, params } of programs) {
    const draw = await createWarpKernel({ module, program, canvas, layers });
    hashes.push(createHash('sha256').update(draw(params)).digest('hex'));
  }
  return hashes;
};

describe('the warp kernel', () => {
  it('is what the C files compile to: the same bytes from the same compiler, the same pictures from any', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'polyreel-kernel-'));
    try {
      const rebuilt = join(folder, 'warp.wasm');
      const script = fileURLToPath(new URL('../../../../scripts/build-motion-kernels.sh', import.meta.url));
      const run = { signal: new AbortController().signal, timeoutMs: 120_000 };
      await runProcess({ ...run, command: 'sh', args: [script, rebuilt] });
      const committed = await readFile(new URL('warp.wasm', import.meta.url));
      const { stdout } = await runProcess({ ...run, command: 'clang', args: ['--version'] });
      if (stdout.toString().includes(`clang version ${COMMITTED_WITH_CLANG}.`)) {
        expect((await readFile(rebuilt)).equals(committed)).toBe(true);
      }
      const modules = [await compileWarpKernel(), await WebAssembly.compile(await readFile(rebuilt))];
      const [ours, theirs] = await Promise.all(modules.map(drawSampler));
      expect(theirs).toEqual(ours);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('and TypeScript name the parameters in one order', async () => {
    expect((await enumOf('warp-life.h', '', 'NOISE_SEED')).slice(0, -1)).toEqual([...LIFE_SLOTS]);
    for (const [file, prefix, first, slots] of [
      ['warp-talk.h', 'TALK_', 'TALK_HEAD_X', TALK_SLOTS],
      ['warp-parallax.h', 'PAR_', 'PAR_CENTRE_X', PARALLAX_SLOTS],
      ['warp-morph.h', 'MORPH_', 'MORPH_RATIO', MORPH_SLOTS],
    ] as const) {
      expect([...LIFE_SLOTS, ...(await enumOf(file, prefix, first))]).toEqual([...slots]);
    }
  });

  it('leaves a picture as it is when nothing moves, to half a level of BT.709 luma', async () => {
    const depth = { width: 2, height: 2, data: new Uint8Array(16) };
    const draw = await createWarpKernel({
      ...{ module: await compileWarpKernel(), program: 'parallax', canvas, layers: [picture, depth] },
    });
    const values = { CENTRE_X: (canvas.width - 1) / 2, CENTRE_Y: (canvas.height - 1) / 2, XX: 1, YY: 1 };
    const planes = draw(params(PARALLAX_SLOTS, values));
    expect(planes.length).toBe(size * 1.5);
    let worst = 0;
    for (let y = 0; y < canvas.height; y++) {
      for (let x = 0; x < canvas.width; x++) {
        worst = Math.max(worst, Math.abs((planes[y * canvas.width + x] ?? 0) - lumaAt(x, y)));
      }
    }
    expect(worst).toBeLessThanOrEqual(0.51);
  });

  it('writes white, black and the primary colours as BT.709 says', async () => {
    const colours = [
      { rgb: [255, 255, 255], yuv: [235, 128, 128] },
      { rgb: [0, 0, 0], yuv: [16, 128, 128] },
      { rgb: [255, 0, 0], yuv: [63, 102, 240] },
      { rgb: [0, 255, 0], yuv: [173, 42, 26] },
      { rgb: [0, 0, 255], yuv: [32, 240, 118] },
    ];
    const module = await compileWarpKernel();
    for (const { rgb, yuv } of colours) {
      const data = Uint8Array.from({ length: 16 * 16 * 4 }, (_, at) => rgb[at % 4] ?? 255);
      const plain = { width: 16, height: 16, data };
      const flow = { width: 4, height: 2, data: new Uint8Array(32) };
      const draw = await createWarpKernel({ module, program: 'morph', canvas: plain, layers: [plain, plain, flow, flow] });
      const planes = draw(params(MORPH_SLOTS, { ZOOM_FIRST: 1, ZOOM_LAST: 1, MIX: 0.5 }));
      expect([planes[0], planes[256], planes[320]]).toEqual(yuv);
    }
  });

  it('moves the picture by whole pixels without changing them', async () => {
    const depth = { width: 2, height: 2, data: new Uint8Array(16) };
    const draw = await createWarpKernel({
      ...{ module: await compileWarpKernel(), program: 'parallax', canvas, layers: [picture, depth] },
    });
    const values = { CENTRE_X: (canvas.width - 1) / 2 + 5, CENTRE_Y: (canvas.height - 1) / 2 - 3, XX: 1, YY: 1 };
    const planes = draw(params(PARALLAX_SLOTS, values));
    for (const [x, y] of [
      [10, 10],
      [40, 33],
      [80, 60],
    ] as const) {
      expect(Math.abs((planes[y * canvas.width + x] ?? 0) - lumaAt(x + 5, y - 3))).toBeLessThanOrEqual(0.51);
    }
  });
});
