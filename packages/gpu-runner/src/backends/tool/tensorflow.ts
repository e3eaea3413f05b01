import { createRequire } from 'node:module';
import { dirname } from 'node:path';

/** TensorFlow.js on its wasm backend: nothing to compile, equal results on every machine. Call it in a worker thread. */
export const loadTensorflow = async () => {
  const { default: tf } = await import('@tensorflow/tfjs');
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(`${dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`);
  if (!(await tf.setBackend('wasm'))) throw new Error('the wasm backend of TensorFlow.js did not start');
  await tf.ready();
  return tf;
};
export type Tensorflow = Awaited<ReturnType<typeof loadTensorflow>>;
