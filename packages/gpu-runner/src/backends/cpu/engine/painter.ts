/// <reference path="../webassembly.d.ts" />
import type { Canvas } from '@polyreel/core';
import { UNIFORM_COUNT } from './uniforms.ts';

/** Draws frames of one size. Not safe for two callers at once: every frame goes through the same memory. */
export interface Painter {
  /** A new array with the planes Y, U, V, BT.709 in TV range. Throws RangeError for a scene that the kernels do not have. */
  draw(scene: number, uniforms: Float32Array): Uint8Array<ArrayBuffer>;
}

export const createPainter = async (kernels: WebAssembly.Module, canvas: Canvas): Promise<Painter> => {
  const { exports } = await WebAssembly.instantiate(kernels);
  const { memory, configure, uniformsAt, framesAt, draw } = exports;
  if (!(memory instanceof WebAssembly.Memory)) throw new TypeError('the kernels export no memory');
  const call = (exported: unknown, ...values: number[]): number => {
    if (typeof exported !== 'function') throw new TypeError('the kernels lack a function');
    return Number(exported(...values));
  };
  call(configure, canvas.width, canvas.height);
  const uniformsOffset = call(uniformsAt);
  const frameOffset = call(framesAt);
  const frameBytes = (canvas.width * canvas.height * 3) / 2;
  return {
    draw(scene, uniforms) {
      new Float32Array(memory.buffer, uniformsOffset, UNIFORM_COUNT).set(uniforms);
      if (call(draw, scene) !== 1) throw new RangeError(`the kernels have no scene ${scene}`);
      return new Uint8Array(memory.buffer, frameOffset, frameBytes).slice();
    },
  };
};
