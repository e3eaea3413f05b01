import type { SKRSContext2D } from '@napi-rs/canvas';
import type { TextAnimation, TextContent } from '../../scene-graph.ts';
import { ease } from '../animated.ts';
import type { PreparedText, TextPiece } from '../text/prepare-text.ts';
import { drawPicture, fromSprite, type Picture } from './canvases.ts';
import { drawPlate } from './shapes.ts';

/** The letters of one text as canvases of this thread. */
export interface TextPictures {
  readonly prepared: PreparedText;
  readonly pieces: readonly { readonly piece: TextPiece; readonly picture: Picture }[];
}

export const openTextPictures = (prepared: PreparedText): TextPictures => ({
  prepared,
  pieces: prepared.pieces.map((piece) => ({ piece, picture: { canvas: fromSprite(piece.sprite), rect: piece.sprite } })),
});

interface PieceState {
  readonly alpha: number;
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

const rest: PieceState = { alpha: 1, x: 0, y: 0, scale: 1 };
const easeOut = { type: 'bezier', x1: 0.16, y1: 1, x2: 0.3, y2: 1 } as const;
const easeOutBack = { type: 'bezier', x1: 0.34, y1: 1.56, x2: 0.64, y2: 1 } as const;

/** Draws a text as it stands. */
export const drawStandingText = (context: SKRSContext2D, text: TextPictures): void => {
  for (const plate of text.prepared.plates) drawPlate(context, plate);
  for (const { picture } of text.pieces) drawPicture(context, picture);
};

/** Draws a text at a time of its layer, in box pixels. */
export const drawText = (
  context: SKRSContext2D,
  text: TextPictures,
  options: {
    content: TextContent;
    seconds: number;
    lengthSeconds: number;
    box: { width: number; height: number };
  },
): void => {
  const { content, seconds, lengthSeconds, box } = options;
  const { in: entering, out: leaving } = content.animation;
  const phases: { animation: TextAnimation; progress: number; isLeaving: boolean }[] = [];
  if (entering !== null && seconds < entering.durationSeconds) {
    phases.push({ animation: entering, progress: seconds / entering.durationSeconds, isLeaving: false });
  }
  if (leaving !== null && lengthSeconds - seconds < leaving.durationSeconds) {
    phases.push({ animation: leaving, progress: (lengthSeconds - seconds) / leaving.durationSeconds, isLeaving: true });
  }
  for (const plate of text.prepared.plates) drawPlate(context, plate);
  for (const { piece, picture } of text.pieces) {
    let state = rest;
    for (const phase of phases) state = combine(state, pieceState(text.prepared, piece, { ...phase, box }));
    if (state.alpha <= 0) continue;
    context.save();
    context.globalAlpha *= state.alpha;
    const centre = { x: picture.rect.x + picture.rect.width / 2, y: picture.rect.y + picture.rect.height / 2 };
    context.translate(centre.x + state.x, centre.y + state.y);
    context.scale(state.scale, state.scale);
    context.translate(-centre.x, -centre.y);
    drawPicture(context, picture);
    context.restore();
  }
};

const combine = (one: PieceState, other: PieceState): PieceState => ({
  alpha: one.alpha * other.alpha,
  x: one.x + other.x,
  y: one.y + other.y,
  scale: one.scale * other.scale,
});

const pieceState = (
  prepared: PreparedText,
  piece: TextPiece,
  phase: { animation: TextAnimation; progress: number; isLeaving: boolean; box: { width: number; height: number } },
): PieceState => {
  const { animation, progress, box } = phase;
  const isByWord = animation.preset === 'ascend' || (animation.preset !== 'movingLetters' && animation.unit === 'word');
  const index = isByWord ? piece.word : piece.letter;
  const count = isByWord ? prepared.wordCount : prepared.letterCount;
  // Moves towards `direction`: it comes from the other side, and leaves onwards.
  const way = (distance: number): { x: number; y: number } => {
    const sign = phase.isLeaving ? 1 : -1;
    const vectors = { left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1] } as const;
    const [x, y] = vectors[animation.direction];
    return { x: x * sign * distance, y: y * sign * distance };
  };
  const em = prepared.fontSize;
  switch (animation.preset) {
    case 'fadeIn':
      return { ...rest, alpha: progress };
    case 'slideIn': {
      const isSideways = animation.direction === 'left' || animation.direction === 'right';
      const eased = ease(easeOut, progress);
      return { ...rest, alpha: Math.min(1, progress * 3), ...way((1 - eased) * (isSideways ? box.width : box.height)) };
    }
    case 'typewriter':
      return { ...rest, alpha: progress * count > index ? 1 : 0 };
    case 'ascend': {
      const own = staggered(progress, index, count);
      return { ...rest, alpha: Math.min(1, own * 2), ...way((1 - ease(easeOut, own)) * em) };
    }
    case 'shift': {
      const own = staggered(progress, index, count);
      return { ...rest, alpha: own, ...way((1 - ease(easeOut, own)) * em * 0.5) };
    }
    case 'movingLetters': {
      const own = staggered(progress, index, count);
      const eased = ease(easeOutBack, own);
      return { alpha: Math.min(1, own * 2), scale: 0.4 + 0.6 * eased, ...way((1 - eased) * em) };
    }
  }
};

/** Each piece takes half of the time; the first starts at once, the last ends with the whole. */
const staggered = (progress: number, index: number, count: number): number => {
  const delay = count <= 1 ? 0 : (index / (count - 1)) * 0.5;
  return Math.min(1, Math.max(0, (progress - delay) / 0.5));
};
