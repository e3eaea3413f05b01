/// <reference path="../webassembly.d.ts" />
import { readFile } from 'node:fs/promises';
import type { Canvas } from '@polyreel/core';

/** Programs of warp.c. Each draws one frame from the scene's layers and a block of parameters. */
export type WarpProgram = 'talk' | 'parallax' | 'morph';

/** Pixels or numbers that stay the same for all frames. `data` holds `width * height` cells of 4 bytes (RGBA or one f32). */
export interface WarpLayer {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** All that a renderer thread needs before the first frame; structured-cloneable. */
export interface WarpScene {
  readonly module: WebAssembly.Module;
  readonly program: WarpProgram;
  readonly canvas: Canvas;
  readonly layers: readonly WarpLayer[];
}

/** Draws a frame as yuv420p planes, BT.709 in TV range; the returned view is overwritten by the next call. */
export type DrawFrame = (params: Float32Array) => Uint8Array;

const PAGE_BYTES = 65_536;
const PARAMS_BYTES = 1024;
const LAYER_BYTES = 12;
const FRAME_BYTES = 24;

export const compileWarpKernel = async (): Promise<WebAssembly.Module> =>
  WebAssembly.compile(await readFile(new URL('./warp.wasm', import.meta.url)));

/** Lays the scene out in a fresh wasm memory. */
export const createWarpKernel = async (scene: WarpScene): Promise<DrawFrame> => {
  const { exports } = await WebAssembly.instantiate(scene.module);
  const { memory, __heap_base: heapBase } = exports;
  const program = exports[scene.program];
  if (!(memory instanceof WebAssembly.Memory) || !(heapBase instanceof WebAssembly.Global) || typeof program !== 'function') {
    throw new Error(`warp.wasm lacks the program ${scene.program}`);
  }
  const outBytes = scene.canvas.width * scene.canvas.height * 4;
  const planesBytes = (outBytes * 3) / 8;
  const allocate = bumpAllocator(Number(heapBase.value));
  const frameAt = allocate(FRAME_BYTES);
  const paramsAt = allocate(PARAMS_BYTES);
  const layersAt = allocate(LAYER_BYTES * Math.max(1, scene.layers.length));
  const layerAt = scene.layers.map((layer) => allocate(layer.data.byteLength));
  const outAt = allocate(outBytes);
  const planesAt = allocate(planesBytes);
  const missingBytes = allocate(0) - memory.buffer.byteLength;
  if (missingBytes > 0) memory.grow(Math.ceil(missingBytes / PAGE_BYTES));

  const words = new Uint32Array(memory.buffer);
  words.set([scene.canvas.width, scene.canvas.height, outAt, planesAt, layersAt, paramsAt], frameAt / 4);
  scene.layers.forEach((layer, index) => {
    const at = layerAt[index] ?? 0;
    words.set([layer.width, layer.height, at], (layersAt + index * LAYER_BYTES) / 4);
    new Uint8Array(memory.buffer).set(layer.data, at);
  });
  const params = new Float32Array(memory.buffer, paramsAt, PARAMS_BYTES / 4);
  const planes = new Uint8Array(memory.buffer, planesAt, planesBytes);
  return (values) => {
    params.set(values);
    program(frameAt);
    return planes;
  };
};

const bumpAllocator = (start: number): ((bytes: number) => number) => {
  let next = Math.ceil(start / 16) * 16;
  return (bytes) => {
    const at = next;
    next = Math.ceil((next + bytes) / 16) * 16;
    return at;
  };
};
