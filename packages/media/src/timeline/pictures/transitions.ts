import type { Layer, LayerTransition, Side } from '../scene-graph.ts';
import { ease } from './animated.ts';
import { aboutPoint, applyMatrix, type Matrix, multiply, type Placement, translation } from './placement.ts';

/** Over the frame, from left to right: alpha 1 up to `solidTo`, falling to 0 at `clearFrom` (x; may be the other way round). */
export type FrameMask =
  | { readonly type: 'hard'; readonly from: number; readonly to: number }
  | { readonly type: 'soft'; readonly solidAt: number; readonly clearAt: number };

/** What the transitions of a layer do at one moment. */
export interface TransitionState {
  readonly alpha: number;
  /** After the placement, in frame pixels. */
  readonly matrix: Matrix | null;
  readonly masks: readonly FrameMask[];
}

const vectors = {
  left: { x: -1, y: 0 },
  right: { x: 1, y: 0 },
  up: { x: 0, y: -1 },
  down: { x: 0, y: 1 },
} as const satisfies Record<Side, { x: number; y: number }>;

const SOFT_EDGE = 0.2;
const SLIDE_SHARE = 0.1;

/** Entering and leaving at `seconds` of the layer, in a frame of `width` x `height`. */
export const transitionAt = (
  layer: Layer,
  options: { seconds: number; placement: Placement; frame: { width: number; height: number } },
): TransitionState => {
  const { seconds } = options;
  const { in: entering, out: leaving } = layer.transition;
  const states: TransitionState[] = [];
  if (entering !== null && seconds < entering.durationSeconds) {
    states.push(sideState(entering, { ...options, layer, progress: seconds / entering.durationSeconds, isLeaving: false }));
  }
  const left = layer.lengthSeconds - seconds;
  if (leaving !== null && left < leaving.durationSeconds) {
    states.push(sideState(leaving, { ...options, layer, progress: left / leaving.durationSeconds, isLeaving: true }));
  }
  return states.reduce(
    (sum, state) => ({
      alpha: sum.alpha * state.alpha,
      matrix: sum.matrix === null ? state.matrix : state.matrix === null ? sum.matrix : multiply(state.matrix, sum.matrix),
      masks: [...sum.masks, ...state.masks],
    }),
    { alpha: 1, matrix: null, masks: [] },
  );
};

interface SideOptions {
  readonly layer: Layer;
  readonly placement: Placement;
  readonly frame: { readonly width: number; readonly height: number };
  readonly progress: number;
  readonly isLeaving: boolean;
}

const sideState = (transition: LayerTransition, options: SideOptions): TransitionState => {
  const p = ease(transition.easing, options.progress);
  const { width, height } = options.frame;
  const alpha = Math.min(1, Math.max(0, p));
  const still = { alpha: 1, matrix: null, masks: [] };
  switch (transition.type) {
    case 'fade':
      return { ...still, alpha };
    case 'reveal':
      return { ...still, masks: [options.isLeaving ? hardMask((1 - p) * width, width) : hardMask(0, p * width)] };
    case 'wipe':
      return { ...still, masks: [wipeMask({ towards: transition.towards, p: alpha, width, isLeaving: options.isLeaving })] };
    case 'slide':
    case 'carousel': {
      const share = transition.type === 'slide' ? SLIDE_SHARE : 1;
      const way = (options.isLeaving ? 1 - p : p - 1) * share;
      const vector = vectors[transition.towards];
      const matrix = translation(vector.x * way * width, vector.y * way * height);
      return { ...still, matrix, alpha: transition.type === 'slide' ? alpha : 1 };
    }
    case 'shuffle':
      return { ...still, matrix: shuffleMatrix(transition, options, p) };
    case 'zoom':
      return { ...still, alpha, matrix: aboutPoint(options.placement.centre, { scale: Math.max(0, p) }) };
  }
};

const hardMask = (from: number, to: number): FrameMask => ({ type: 'hard', from, to });

/** The edge with its soft band starts just outside the frame and ends just outside the other side. */
const wipeMask = (options: { towards: 'left' | 'right'; p: number; width: number; isLeaving: boolean }): FrameMask => {
  const { p, width, isLeaving } = options;
  const band = SOFT_EDGE * width;
  const travelled = (isLeaving ? 1 - p : p) * (width + band);
  // Towards the right the front is at `travelled` and the band trails behind it; entering shows what lies behind the front.
  const front = options.towards === 'right' ? travelled : width - travelled;
  const back = options.towards === 'right' ? travelled - band : width - travelled + band;
  return isLeaving ? { type: 'soft', solidAt: front, clearAt: back } : { type: 'soft', solidAt: back, clearAt: front };
};

const shuffleMatrix = (
  transition: Extract<LayerTransition, { type: 'shuffle' }>,
  options: SideOptions,
  p: number,
): Matrix | null => {
  const { layer, placement } = options;
  const isRight = transition.corner.endsWith('right');
  const isBottom = transition.corner.startsWith('bottom');
  const pivot = applyMatrix(placement.matrix, isRight ? layer.box.width : 0, isBottom ? layer.box.height : 0);
  // At rest the picture lies on one side of the corner; turned by 90 degrees it must lie on the side it comes from.
  const angles: Record<string, 1 | -1> = {
    'top-left up': -1,
    'top-left left': 1,
    'top-right up': 1,
    'top-right right': -1,
    'bottom-right right': 1,
    'bottom-right down': -1,
    'bottom-left left': -1,
    'bottom-left down': 1,
  };
  const sign = angles[`${transition.corner} ${transition.from}`] ?? 1;
  return aboutPoint(pivot, { angle: sign * 90 * (1 - p) });
};
