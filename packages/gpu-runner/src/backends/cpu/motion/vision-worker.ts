import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type MessagePort, parentPort } from 'node:worker_threads';
import { type DepthMap, guessDepth, jitterDepthWeights } from './depth.ts';
import type { FaceLandmarks } from './face-geometry.ts';
import { findMorphFlow, loadOpenCv, type MorphFlow } from './morph-flow.ts';
import type { Picture } from './picture.ts';
import { measureTexture, type Texture } from './steadiness.ts';

/** Work of the vision thread by name: what it takes and what it gives back. */
export interface VisionWork {
  /** The most prominent face of a picture, in its pixels. */
  'find-face': { input: Picture; output: FoundFace | undefined };
  /** Every face of a picture, and how old it seems. */
  'judge-faces': { input: Picture; output: readonly JudgedFace[] };
  /** What a camera may do over a still: `picture` at canvas size for its texture, `small` for its depth. */
  'study-still': { input: { picture: Picture; small: Picture; seed: number }; output: StillStudy };
  /** How to get from one picture to another: `first` and `last` small, `picture` at canvas size for its texture. */
  'study-pair': { input: { picture: Picture; first: Picture; last: Picture }; output: PairStudy };
}
export type VisionWorkName = keyof VisionWork;

export interface FoundFace {
  readonly score: number;
  readonly box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  readonly landmarks: FaceLandmarks;
}

export interface JudgedFace {
  readonly score: number;
  readonly ageYears: number;
}

export interface StillStudy {
  readonly depth: DepthMap;
  readonly texture: Texture;
  /** Cells of the depth map by which the nearest may move against the farthest before the picture folds. */
  readonly maxParallax: number;
}

export interface PairStudy extends MorphFlow {
  readonly texture: Texture;
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

/** Loads on first use and keeps the result; a failure is not kept, so the next request tries again. */
function loadOnce<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  return () => {
    loaded ??= load().catch((error: unknown) => {
      loaded = undefined;
      throw error;
    });
    return loaded;
  };
}

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
  return { tf, faceApi, models };
};
const faceModels = loadOnce(loadFaceApi);

const toTensor = (tf: Awaited<ReturnType<typeof loadFaceApi>>['tf'], picture: Picture) => {
  const rgb = new Int32Array(picture.width * picture.height * 3);
  for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) {
    for (let channel = 0; channel < 3; channel++) rgb[to + channel] = picture.data[from + channel] ?? 0;
  }
  return tf.tensor3d(rgb, [picture.height, picture.width, 3], 'int32');
};

const findFace = async (picture: Picture): Promise<FoundFace | undefined> => {
  const { tf, faceApi } = await faceModels();
  const tensor = toTensor(tf, picture);
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

const ageModel = loadOnce(async () => {
  const { faceApi, models } = await faceModels();
  await faceApi.nets.ageGenderNet.loadFromDisk(models);
});

/** A crowd is judged in part only; whoever asks wants to know of one face that breaks a rule. */
const MAX_JUDGED_FACES = 30;

const judgeFaces = async (picture: Picture): Promise<readonly JudgedFace[]> => {
  const { tf, faceApi } = await faceModels();
  await ageModel();
  const tensor = toTensor(tf, picture);
  try {
    const options = new faceApi.SsdMobilenetv1Options({ minConfidence: MIN_SCORE, maxResults: MAX_JUDGED_FACES });
    const faces = await faceApi.detectAllFaces(tensor, options).withFaceLandmarks().withAgeAndGender();
    return faces.map(({ detection, age }) => ({ score: detection.score, ageYears: age }));
  } finally {
    tensor.dispose();
  }
};

const prominence = ({ score, box }: FoundFace): number => score * box.width * box.height;

/** SSIM of neighbouring frames below which movement becomes jumping; grain and weather take some of it too. */
const STEADY_SIMILARITY = 0.945;

const studyStill = async ({ picture, small, seed }: VisionWork['study-still']['input']): Promise<StillStudy> => {
  const depth = guessDepth(small, jitterDepthWeights(seed));
  return {
    depth,
    texture: measureTexture(picture, STEADY_SIMILARITY),
    maxParallax: 0.8 / steepest(depth),
  };
};

const steepest = ({ width, height, cells }: DepthMap): number => {
  let slope = 1e-3;
  for (let at = 0; at < width * (height - 1) - 1; at++) {
    const here = cells[at] ?? 0;
    const right = at % width === width - 1 ? here : (cells[at + 1] ?? here);
    slope = Math.max(slope, Math.abs(right - here), Math.abs((cells[at + width] ?? here) - here));
  }
  return slope;
};

const openCv = loadOnce(loadOpenCv);

const studyPair = async ({ picture, first, last }: VisionWork['study-pair']['input']): Promise<PairStudy> => {
  const { cv } = await openCv();
  return { ...findMorphFlow(cv, first, last), texture: measureTexture(picture, STEADY_SIMILARITY) };
};

const work: { [Name in VisionWorkName]: (input: VisionWork[Name]['input']) => Promise<VisionWork[Name]['output']> } = {
  'find-face': findFace,
  'judge-faces': judgeFaces,
  'study-still': studyStill,
  'study-pair': studyPair,
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
