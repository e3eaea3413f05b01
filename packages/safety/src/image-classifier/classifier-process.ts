import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import process from 'node:process';
import sharp from 'sharp';
import { z } from 'zod';

/**
 * The process that looks at pictures: one question after the other, by message. It owns the model and its memory; whoever started it
 * may kill it at any moment.
 */
const questionSchema = z.object({ id: z.int(), path: z.string() });

const sidePixels = 224;
const pixelsMax = 60_000_000;

async function loadClassifier() {
  const { default: tf } = await import('@tensorflow/tfjs');
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  const require = createRequire(import.meta.url);
  setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`);
  await tf.setBackend('wasm');
  await tf.ready();
  const { load } = await import('nsfwjs/core');
  const { MobileNetV2Model } = await import('nsfwjs/models/mobilenet_v2');
  const model = await load('MobileNetV2', { modelDefinitions: [MobileNetV2Model] });
  return async (path: string): Promise<Record<string, number>> => {
    const pixels = await sharp(path, { limitInputPixels: pixelsMax })
      .rotate()
      .flatten({ background: '#000' })
      .toColourspace('srgb')
      .resize(sidePixels, sidePixels, { fit: 'fill' })
      .raw()
      .toBuffer();
    const picture = tf.tensor3d(new Int32Array(pixels), [sidePixels, sidePixels, 3], 'int32');
    try {
      const classes = await model.classify(picture, 5);
      return Object.fromEntries(classes.map(({ className, probability }) => [className, probability]));
    } finally {
      picture.dispose();
    }
  };
}

let classifier: ReturnType<typeof loadClassifier> | undefined;
let last: Promise<void> = Promise.resolve();

async function answer(message: unknown): Promise<void> {
  const { id, path } = questionSchema.parse(message);
  try {
    classifier ??= loadClassifier();
    const classify = await classifier;
    process.send?.({ id, scores: await classify(path) });
  } catch (error) {
    classifier = undefined;
    process.send?.({ id, error: error instanceof Error ? error.message : String(error) });
  }
}

process.on('message', (message) => {
  last = last.then(() => answer(message));
});
// Whoever started it is gone.
process.on('disconnect', () => process.exit(0));
