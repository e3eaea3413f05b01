/// <reference path="../webassembly.d.ts" />
import { readFile } from 'node:fs/promises';

let compiled: Promise<WebAssembly.Module> | undefined;

/** The picture kernels, compiled once a process. The file beside this one is built by `scripts/build-kernels.sh`. */
export const loadKernels = (): Promise<WebAssembly.Module> => {
  compiled ??= readFile(new URL('./pictures.wasm', import.meta.url)).then((bytes) => WebAssembly.compile(bytes));
  return compiled;
};
