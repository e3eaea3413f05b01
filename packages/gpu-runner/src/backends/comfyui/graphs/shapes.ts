import { type Canvas, durationOfFrames, type FrameRate, framesPerSecond } from '@polyreel/core';

/**
 * The size that a model draws so that the canvas can be cut out of it: on the model's grid, never smaller than the canvas, unless that
 * has more pixels than the model was trained for; then the largest size of the same shape, to be enlarged afterwards.
 */
export function drawnSize(canvas: Canvas, model: { grid: number; pixelsMax: number }): Canvas {
  const area = canvas.width * canvas.height;
  const scale = area > model.pixelsMax ? Math.sqrt(model.pixelsMax / area) : 1;
  const round = scale === 1 ? Math.ceil : Math.round;
  const side = (length: number) => Math.max(1, round((length * scale) / model.grid)) * model.grid;
  return { width: side(canvas.width), height: side(canvas.height) };
}

/** Lengths of Wan's films are 4n + 1: anything else is floored by the server. */
export const lengthAtLeast = (frames: number): number => Math.ceil(Math.max(0, frames - 1) / 4) * 4 + 1;

/** Frames at the model's rate, up to the one that stands while the task's last one is shown. */
export function framesAtRate(task: { frameCount: number; frameRate: FrameRate }, rate: FrameRate): number {
  const exact = durationOfFrames(task.frameCount - 1, task.frameRate) * framesPerSecond(rate);
  return Math.floor(Number(exact.toFixed(6))) + 1;
}
