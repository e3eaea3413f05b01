import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Canvas } from '@polyreel/core';

const run = promisify(execFile);

/** Decoded luma, frame by frame. */
export interface Film {
  readonly canvas: Canvas;
  readonly frames: readonly Uint8Array[];
}

export async function decodeLuma(tools: { ffmpegPath: string }, file: string, canvas: Canvas): Promise<Film> {
  const { stdout } = await run(tools.ffmpegPath, ['-v', 'error', '-i', file, '-f', 'rawvideo', '-pix_fmt', 'gray', 'pipe:1'], {
    encoding: 'buffer',
    maxBuffer: 2 ** 30,
  });
  const size = canvas.width * canvas.height;
  if (stdout.length % size !== 0) throw new Error(`${file} has frames of another size than ${canvas.width}x${canvas.height}`);
  return { canvas, frames: Array.from({ length: stdout.length / size }, (_, at) => stdout.subarray(at * size, (at + 1) * size)) };
}

/** Mean absolute difference of luma over all frames, in rows between two ratios of the height. */
export function differenceOf(a: Film, b: Film, rows = { from: 0, to: 1 }): number {
  const { width, height } = a.canvas;
  const [start, end] = [Math.round(rows.from * height) * width, Math.round(rows.to * height) * width];
  let sum = 0;
  for (const [index, frame] of a.frames.entries()) {
    const other = b.frames[index];
    if (!other) throw new Error('the films differ in length');
    for (let at = start; at < end; at += 1) sum += Math.abs((frame[at] ?? 0) - (other[at] ?? 0));
  }
  return sum / ((end - start) * a.frames.length);
}

/** Energy of the finest detail of the first frame: later ones carry grain. */
export function detailOf({ canvas: { width, height }, frames: [frame] }: Film): number {
  if (!frame) throw new Error('the film has no frame');
  const at = (x: number, y: number): number => frame[y * width + x] ?? 0;
  let sum = 0;
  for (let y = 1; y < height - 1; y += 1)
    for (let x = 1; x < width - 1; x += 1) sum += (4 * at(x, y) - at(x - 1, y) - at(x + 1, y) - at(x, y - 1) - at(x, y + 1)) ** 2;
  return sum / (width * height);
}

/** Movement of the picture a frame: pixels to the right and down, and growth. */
export interface Motion {
  readonly x: number;
  readonly y: number;
  readonly expansion: number;
}

/** Mean over neighbouring frames of the movement that explains their difference best: shift and growth by least squares. */
export function motionOf({ canvas, frames }: Film): Motion {
  const soft = frames.map((frame) => blur(frame, canvas));
  let [x, y, expansion] = [0, 0, 0];
  for (let index = 1; index < soft.length; index += 1) {
    const step = fitMotion(soft[index - 1] ?? new Float32Array(), soft[index] ?? new Float32Array(), canvas);
    x += step.x;
    y += step.y;
    expansion += step.expansion;
  }
  const steps = Math.max(1, soft.length - 1);
  return { x: x / steps, y: y / steps, expansion: expansion / steps };
}

function fitMotion(from: Float32Array, to: Float32Array, { width, height }: Canvas): Motion {
  // Normal equations of  Ix (x + e px) + Iy (y + e py) = -It.
  const sums = new Float64Array(9);
  const add = (place: number, value: number): void => {
    sums[place] = (sums[place] ?? 0) + value;
  };
  for (let row = 8; row < height - 8; row += 2)
    for (let column = 8; column < width - 8; column += 2) {
      const at = row * width + column;
      const gx = ((from[at + 1] ?? 0) - (from[at - 1] ?? 0)) / 2;
      const gy = ((from[at + width] ?? 0) - (from[at - width] ?? 0)) / 2;
      const growth = gx * (column - width / 2) + gy * (row - height / 2);
      const change = (from[at] ?? 0) - (to[at] ?? 0);
      const terms = [
        gx * gx,
        gx * gy,
        gx * growth,
        gy * gy,
        gy * growth,
        growth * growth,
        gx * change,
        gy * change,
        growth * change,
      ];
      for (const [place, value] of terms.entries()) add(place, value);
    }
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, p = 0, q = 0, r = 0] = sums;
  const determinant = a * (d * f - e * e) - b * (b * f - c * e) + c * (b * e - c * d);
  if (Math.abs(determinant) < 1e-6) throw new Error('the picture is too plain to measure movement');
  return {
    x: (p * (d * f - e * e) - b * (q * f - e * r) + c * (q * e - d * r)) / determinant,
    y: (a * (q * f - e * r) - p * (b * f - c * e) + c * (b * r - c * q)) / determinant,
    expansion: (a * (d * r - q * e) - b * (b * r - q * c) + p * (b * e - d * c)) / determinant,
  };
}

/** Box of 5 by 5: takes grain away, and lets the fit see moves of some pixels. */
function blur(frame: Uint8Array, { width, height }: Canvas): Float32Array {
  const soft = new Float32Array(width * height);
  for (let y = 2; y < height - 2; y += 1)
    for (let x = 2; x < width - 2; x += 1) {
      let sum = 0;
      for (let dy = -2; dy <= 2; dy += 1) for (let dx = -2; dx <= 2; dx += 1) sum += frame[(y + dy) * width + x + dx] ?? 0;
      soft[y * width + x] = sum / 25;
    }
  return soft;
}
