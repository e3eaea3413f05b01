import { readFile } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { loadTensorflow } from '../tensorflow.ts';

/** Straight RGB, 8 bit. */
export interface RgbPicture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** How much larger one pass makes a picture. */
export type UpscaleFactor = 2 | 4;

/** Input pixels of a tile's side that are kept, and those round it that the network looks at. */
const CORE = 172;
const REACH = 12;

const modelFileSchema = z.object({
  modelTopology: z.record(z.string(), z.json()),
  weightsManifest: z.tuple([
    z.object({
      paths: z.tuple([z.string()]),
      weights: z.array(z.object({ name: z.string(), shape: z.array(z.int()), dtype: z.literal('float32') })),
    }),
  ]),
});

/**
 * ESRGAN slim (a residual dense network, MIT, weights in `@upscalerjs/esrgan-slim`), on TensorFlow's wasm backend. Loading blocks the
 * thread for most of a second and a picture for as long as it takes: for worker threads.
 */
export const loadUpscaleNetwork = async (factor: UpscaleFactor): Promise<(picture: RgbPicture) => RgbPicture> => {
  const tf = await loadTensorflow();
  const manifest = findPackageJSON('@upscalerjs/esrgan-slim', import.meta.url);
  if (manifest === undefined) throw new Error('@upscalerjs/esrgan-slim is not installed');
  const folder = join(dirname(manifest), 'models', `x${factor}`);
  const { modelTopology, weightsManifest } = modelFileSchema.parse(
    JSON.parse(await readFile(join(folder, 'model.json'), 'utf8')),
  );
  const [{ paths, weights }] = weightsManifest;
  const bytes = await readFile(join(folder, paths[0]));
  const network = await tf.loadLayersModel(
    tf.io.fromMemory({ modelTopology, weightSpecs: weights, weightData: Uint8Array.from(bytes).buffer }),
  );

  const enlargeTile = (tile: Float32Array, width: number, height: number): Float32Array => {
    const input = tf.tensor4d(tile, [1, height, width, 3]);
    const output = network.predict(input);
    if (Array.isArray(output)) throw new Error('the network has more than one output');
    const values = Float32Array.from(output.dataSync());
    input.dispose();
    output.dispose();
    return values;
  };
  return (picture) => {
    const { width, height } = picture;
    const large = { width: width * factor, height: height * factor, data: new Uint8Array(width * height * factor * factor * 3) };
    for (let top = 0; top < height; top += CORE)
      for (let left = 0; left < width; left += CORE) {
        const core = { left, top, width: Math.min(CORE, width - left), height: Math.min(CORE, height - top) };
        const tile = cutTile(picture, core);
        pasteTile(large, enlargeTile(tile, core.width + 2 * REACH, core.height + 2 * REACH), core, factor);
      }
    return large;
  };
};

interface Core {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The tile with its surroundings; beyond the picture lies its mirror image. */
const cutTile = ({ width, height, data }: RgbPicture, core: Core): Float32Array => {
  const tileWidth = core.width + 2 * REACH;
  const tile = new Float32Array(tileWidth * (core.height + 2 * REACH) * 3);
  for (let y = 0, to = 0; y < core.height + 2 * REACH; y++) {
    const row = mirrored(core.top + y - REACH, height) * width;
    for (let x = 0; x < tileWidth; x++, to += 3) {
      const from = (row + mirrored(core.left + x - REACH, width)) * 3;
      tile[to] = data[from] ?? 0;
      tile[to + 1] = data[from + 1] ?? 0;
      tile[to + 2] = data[from + 2] ?? 0;
    }
  }
  return tile;
};

const mirrored = (at: number, size: number): number => {
  const period = Math.max(1, 2 * (size - 1));
  const folded = ((at % period) + period) % period;
  return folded < size ? folded : period - folded;
};

const pasteTile = (large: RgbPicture, tile: Float32Array, core: Core, factor: number): void => {
  const tileWidth = (core.width + 2 * REACH) * factor;
  const rowValues = core.width * factor * 3;
  for (let y = 0; y < core.height * factor; y++) {
    const from = ((y + REACH * factor) * tileWidth + REACH * factor) * 3;
    const to = ((core.top * factor + y) * large.width + core.left * factor) * 3;
    for (let at = 0; at < rowValues; at++) large.data[to + at] = Math.min(255, Math.max(0, Math.round(tile[from + at] ?? 0)));
  }
};
