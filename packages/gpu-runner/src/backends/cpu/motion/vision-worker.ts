import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type MessagePort, parentPort } from 'node:worker_threads';
import type { FaceLandmarks } from './face-geometry.ts';
import type { Picture } from './picture.ts';

/** Work of the vision thread by name: what it takes and what it gives back. */
export interface VisionWork {
  /** The most prominent face of a picture, in its pixels. */
  'find-face': { input: Picture; output: FoundFace | undefined };
}
export type VisionWorkName = keyof VisionWork;

export interface FoundFace {
  readonly score: number;
  readonly box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  readonly landmarks: FaceLandmarks;
}

export interface VisionRequest<Name extends VisionWorkName = VisionWorkName> {
  readonly name: Name;
  readonly input: VisionWork[Name]['input'];
  /** Where the reply goes. */
  readonly replyTo: MessagePort;
}
export type VisionReply<Name extends VisionWorkName = VisionWorkName> =
  | { readonly output: VisionWork[Name]['output'] }
  | { readonly error: string };

const MIN_SCORE = 0.4;
const MAX_FACES = 10;

const loadFaceApi = async () => {
  const { default: tf } = await import('@tensorflow/tfjs');
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  const { default: faceApi } = await import('@vladmandic/face-api/dist/face-api.node-wasm.js');
  const require = createRequire(import.meta.url);
  setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`);
  await tf.setBackend('wasm');
  await tf.ready();
  const models = join(dirname(require.resolve('@vladmandic/face-api/package.json')), 'model');
  await faceApi.nets.ssdMobilenetv1.loadFromDisk(models);
  await faceApi.nets.faceLandmark68Net.loadFromDisk(models);
  return { tf, faceApi };
};
let loadedFaceApi: ReturnType<typeof loadFaceApi> | undefined;

const findFace = async (picture: Picture): Promise<FoundFace | undefined> => {
  loadedFaceApi ??= loadFaceApi();
  const { tf, faceApi } = await loadedFaceApi;
  const rgb = new Int32Array(picture.width * picture.height * 3);
  for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) {
    for (let channel = 0; channel < 3; channel++) rgb[to + channel] = picture.data[from + channel] ?? 0;
  }
  const tensor = tf.tensor3d(rgb, [picture.height, picture.width, 3], 'int32');
  try {
    const options = new faceApi.SsdMobilenetv1Options({ minConfidence: MIN_SCORE, maxResults: MAX_FACES });
    const faces = await faceApi.detectAllFaces(tensor, options).withFaceLandmarks();
    const found = faces.map(({ detection, landmarks }) => ({
      score: detection.score,
      box: { x: detection.box.x, y: detection.box.y, width: detection.box.width, height: detection.box.height },
      landmarks: landmarks.positions.map(({ x, y }) => ({ x, y })),
    }));
    return found.toSorted((a, b) => prominence(b) - prominence(a))[0];
  } finally {
    tensor.dispose();
  }
};

const prominence = ({ score, box }: FoundFace): number => score * box.width * box.height;

const work: { [Name in VisionWorkName]: (input: VisionWork[Name]['input']) => Promise<VisionWork[Name]['output']> } = {
  'find-face': findFace,
};
if (parentPort === null) throw new Error('vision runs as a worker thread');
parentPort.on('message', async <Name extends VisionWorkName>({ name, input, replyTo }: VisionRequest<Name>) => {
  let reply: VisionReply<Name>;
  try {
    reply = { output: await work[name](input) };
  } catch (error) {
    reply = { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  replyTo.postMessage(reply);
  replyTo.close();
});
