import type { Canvas } from '@polyreel/core';

export const markPositions = [
  ...['top-left', 'top', 'top-right'],
  ...['left', 'center', 'right'],
  ...['bottom-left', 'bottom', 'bottom-right'],
] as const;
export type MarkPosition =
  | 'top-left'
  | 'top'
  | 'top-right'
  | 'left'
  | 'center'
  | 'right'
  | 'bottom-left'
  | 'bottom'
  | 'bottom-right';

/** How a visible mark stands in the picture; ratios 0..1. */
export interface MarkLook {
  readonly position: MarkPosition;
  /** Width of the mark, as a share of the picture's. */
  readonly scale: number;
  readonly opacity: number;
  /** Distance to the edges at which it stands, as a share of the shorter side. */
  readonly margin: number;
}

export interface MarkBox extends Canvas {
  readonly x: number;
  readonly y: number;
}

/** Where a mark of a given shape goes: whole pixels, even places (chroma has half the pixels), never beyond the picture. */
export const placeMark = (canvas: Canvas, shape: Canvas, look: Pick<MarkLook, 'position' | 'scale' | 'margin'>): MarkBox => {
  const margin = Math.round(Math.min(canvas.width, canvas.height) * look.margin);
  const across = look.position.endsWith('left') ? 0 : look.position.endsWith('right') ? 1 : 0.5;
  const down = look.position.startsWith('top') ? 0 : look.position.startsWith('bottom') ? 1 : 0.5;
  const roomOf = (share: number, whole: number): number => (share === 0.5 ? whole : Math.max(2, whole - margin));
  const room = { width: roomOf(across, canvas.width), height: roomOf(down, canvas.height) };
  const wanted = (canvas.width * look.scale) / shape.width;
  const zoom = Math.min(wanted, room.width / shape.width, room.height / shape.height);
  const width = Math.min(canvas.width, even(shape.width * zoom));
  const height = Math.min(canvas.height, even(shape.height * zoom));
  const side = (share: number, whole: number, size: number): number => {
    const place = share === 0.5 ? (whole - size) / 2 : share === 0 ? margin : whole - size - margin;
    return Math.min(whole - size, Math.max(0, 2 * Math.round(place / 2)));
  };
  return { x: side(across, canvas.width, width), y: side(down, canvas.height, height), width, height };
};

const even = (pixels: number): number => Math.max(2, 2 * Math.round(pixels / 2));
