import type { Rect } from '../scene-graph.ts';

/** Ends of a linear gradient's line, as CSS has it: through the centre, so long that the corners get the end colours. */
export const gradientLine = (angle: number, over: Rect): { from: { x: number; y: number }; to: { x: number; y: number } } => {
  const turn = (angle * Math.PI) / 180;
  const direction = { x: Math.sin(turn), y: -Math.cos(turn) };
  const half = (Math.abs(over.width * direction.x) + Math.abs(over.height * direction.y)) / 2;
  const centre = { x: over.x + over.width / 2, y: over.y + over.height / 2 };
  return {
    from: { x: centre.x - direction.x * half, y: centre.y - direction.y * half },
    to: { x: centre.x + direction.x * half, y: centre.y + direction.y * half },
  };
};
