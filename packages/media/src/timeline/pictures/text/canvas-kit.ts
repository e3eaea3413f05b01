import { createRequire } from 'node:module';
import { basename } from 'node:path';
import type { CanvasKit } from 'canvaskit-wasm';

const require = createRequire(import.meta.url);
let loading: Promise<CanvasKit> | undefined;

/** Text is laid out by CanvasKit: the one engine that shapes every script and tells where each letter went. One a thread. */
export const loadCanvasKit = (): Promise<CanvasKit> => {
  loading ??= initCanvasKit()({ locateFile: (file) => require.resolve(`canvaskit-wasm/bin/full/${basename(file)}`) });
  return loading;
};

/** The package's types say `export default`; what it exports is the function itself. */
const initCanvasKit = (): ((options: { locateFile: (file: string) => string }) => Promise<CanvasKit>) =>
  require('canvaskit-wasm/full');

/** `#rrggbbaa` as CanvasKit counts colours. */
export const toColor4f = (canvasKit: CanvasKit, color: string): Float32Array => {
  const channel = (at: number): number => Number.parseInt(color.slice(at, at + 2), 16) / 255;
  return canvasKit.Color4f(channel(1), channel(3), channel(5), color.length >= 9 ? channel(7) : 1);
};
