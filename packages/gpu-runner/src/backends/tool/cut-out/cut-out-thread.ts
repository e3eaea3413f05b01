import { loadOpenCv, type OpenCv } from '../../cpu/motion/morph-flow.ts';
import type { RgbaPicture } from '../rgba.ts';
import { serveThread } from '../serve-thread.ts';
import { findPlainGround, maskAgainstGround, type SmallPicture, sweep } from './ground.ts';
import { cutOut } from './matte.ts';
import { type FindPeople, loadPersonNetwork, type PersonNetworkName, personNetworks } from './person-network.ts';
import { resizePlane, smoothstep } from './plane-filters.ts';

/** How figure and ground are told apart: by the network, by a plain ground, or by colours from the middle outwards. */
export type CutOutMethod = 'subject' | 'plain-ground' | 'guess';

/** The picture as a network takes it. */
export interface NetworkView {
  readonly network: PersonNetworkName;
  readonly rgb: Uint8Array;
}

export type CutOutRequest =
  /** Which method suits a picture. */
  | { readonly type: 'choose'; readonly small: SmallPicture; readonly view: NetworkView }
  /** A coarse mask of the small picture, 0..1 a pixel. */
  | { readonly type: 'mask'; readonly method: CutOutMethod; readonly small: SmallPicture; readonly view: NetworkView }
  /** The picture without its ground. */
  | {
      readonly type: 'matte';
      readonly picture: RgbaPicture;
      readonly small: SmallPicture;
      readonly mask: Float32Array<ArrayBuffer>;
    };
export type CutOutReply =
  | { readonly type: 'choose'; readonly method: CutOutMethod }
  | { readonly type: 'mask'; readonly mask: Float32Array<ArrayBuffer> }
  | { readonly type: 'matte'; readonly picture: RgbaPicture };

const networks = new Map<PersonNetworkName, Promise<FindPeople>>();

/** Uncertain places count as figure rather than as ground: half a sleeve looks worse than a bit of wall. */
const CERTAIN = { ground: 0.15, figure: 0.55 } as const;

const findSubject = async ({ network, rgb }: NetworkView): Promise<Float32Array> => {
  const loading = networks.get(network) ?? loadPersonNetwork(network);
  networks.set(network, loading);
  return (await loading)(rgb);
};
let openCv: Promise<{ cv: OpenCv }> | undefined;

serveThread<CutOutRequest, CutOutReply>(async (request) => {
  switch (request.type) {
    case 'choose':
      return { output: { type: 'choose', method: await chooseMethod(request.small, request.view) } };
    case 'mask': {
      const mask = Float32Array.from(await maskBy(request.method, request.small, request.view));
      return { output: { type: 'mask', mask }, transfer: [mask.buffer] };
    }
    case 'matte': {
      const picture = cutOut(request.picture, request.small, request.mask);
      return { output: { type: 'matte', picture }, transfer: [picture.data.buffer] };
    }
  }
});

/** A figure covers at least and at most so much of a picture. */
const COVERAGE = { least: 0.015, most: 0.97 } as const;
/** Share of the picture below which a hole in a subject is the network's doubt. */
const SUBJECT_HOLE = 0.01;
/** How sure the network must be of what it calls a subject, on average. */
const SURE = 0.88;
/** Agreement (intersection over union) from which the network and the ground mean the same figure. */
const AGREEMENT = 0.5;

const chooseMethod = async (small: SmallPicture, view: NetworkView): Promise<CutOutMethod> => {
  const ground = findPlainGround(small);
  if (ground !== undefined && isFigure(maskAgainstGround(small, ground))) return 'plain-ground';
  const subject = await findSubject(view);
  return isFigure(subject) && surenessOf(subject) > SURE ? 'subject' : 'guess';
};

const maskBy = async (method: CutOutMethod, small: SmallPicture, view: NetworkView): Promise<Float32Array> => {
  if (method === 'guess') return guessMask(small);
  const sure = resizePlane(await findSubject(view), personNetworks[view.network], small);
  const subject = sure.map((value) => smoothstep(CERTAIN.ground, CERTAIN.figure, value));
  if (method === 'subject') return sweep(subject, small.width, small.height, SUBJECT_HOLE);
  const ground = findPlainGround(small);
  if (ground === undefined) return sweep(subject, small.width, small.height);
  const against = maskAgainstGround(small, ground);
  // A white shirt before a white wall: what the network adds to the same figure is believed.
  return overlap(against, subject) > AGREEMENT ? against.map((value, at) => Math.max(value, subject[at] ?? 0)) : against;
};

const isFigure = (mask: Float32Array): boolean => {
  const share = mask.reduce((sum, value) => sum + (value >= 0.5 ? 1 : 0), 0) / mask.length;
  return share >= COVERAGE.least && share <= COVERAGE.most;
};

const surenessOf = (mask: Float32Array): number => {
  const inside = mask.filter((value) => value >= 0.5);
  return inside.reduce((sum, value) => sum + value, 0) / Math.max(1, inside.length);
};

const overlap = (a: Float32Array, b: Float32Array): number => {
  let both = 0;
  let either = 0;
  for (let at = 0; at < a.length; at++) {
    const [inA, inB] = [(a[at] ?? 0) >= 0.5, (b[at] ?? 0) >= 0.5];
    if (inA && inB) both += 1;
    if (inA || inB) either += 1;
  }
  return both / Math.max(1, either);
};

/** GrabCut: the border is ground, the middle may be figure. */
const guessMask = async ({ width, height, data }: SmallPicture): Promise<Float32Array> => {
  openCv ??= loadOpenCv();
  const { cv } = await openCv;
  const picture = cv.matFromArray(height, width, cv.CV_8UC3, data);
  const [mask, groundModel, figureModel] = [new cv.Mat(), new cv.Mat(), new cv.Mat()];
  try {
    const [marginX, marginY] = [Math.round(width * 0.06), Math.round(height * 0.06)];
    const middle = new cv.Rect(marginX, marginY, width - 2 * marginX, height - 2 * marginY);
    cv.grabCut(picture, mask, middle, groundModel, figureModel, 4, cv.GC_INIT_WITH_RECT);
    const found = Float32Array.from(mask.data, (value) => (value === cv.GC_FGD || value === cv.GC_PR_FGD ? 1 : 0));
    return sweep(found, width, height);
  } finally {
    for (const mat of [picture, mask, groundModel, figureModel]) mat.delete();
  }
};
