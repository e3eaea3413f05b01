import type { SKRSContext2D } from '@napi-rs/canvas';
import type { VisualizerContent } from '../../scene-graph.ts';
import { sourceSecondsAt } from '../media-time.ts';
import type { PreparedSound } from '../prepared.ts';
import { gradientStyle } from './shapes.ts';

const WAVE_SECONDS = 0.04;
const SPECTRUM_SIZE = 1024;
const LEVEL_COLUMNS = 240;

/** Draws a sound at a time of its layer, over the whole box. */
export const drawVisualizer = (
  context: SKRSContext2D,
  sound: PreparedSound,
  options: { content: VisualizerContent; seconds: number; box: { width: number; height: number } },
): void => {
  const { content, box } = options;
  const rect = { x: 0, y: 0, ...box };
  if (content.background !== null) {
    context.fillStyle = content.background;
    context.fillRect(0, 0, box.width, box.height);
  }
  const moment = sourceSecondsAt(content.timing, options.seconds);
  const style = content.gradient === null ? content.color : gradientStyle(context, content.gradient, rect);
  context.fillStyle = style;
  context.strokeStyle = style;
  const samples = new Float32Array(sound.samples);
  const at = moment === null ? -1 : Math.round((moment - sound.fromSeconds) * sound.sampleRate);
  switch (content.style) {
    case 'wave':
      drawWave(context, samples, { at, box, lineWidth: content.lineWidth, sampleRate: sound.sampleRate });
      break;
    case 'bars':
      drawBars(context, samples, { at, box, barCount: content.barCount });
      break;
    case 'level':
      drawLevel(context, samples, { at, box });
      break;
  }
};

interface Moment {
  /** Sample; negative: nothing sounds. */
  readonly at: number;
  readonly box: { readonly width: number; readonly height: number };
}

const drawWave = (
  context: SKRSContext2D,
  samples: Float32Array,
  options: Moment & { lineWidth: number; sampleRate: number },
): void => {
  const { at, box } = options;
  const span = Math.round(options.sampleRate * WAVE_SECONDS);
  context.lineWidth = options.lineWidth;
  context.lineJoin = 'round';
  context.beginPath();
  const points = Math.max(2, Math.min(span, Math.round(box.width)));
  for (let point = 0; point < points; point += 1) {
    const index = at - Math.floor(span / 2) + Math.round((point / (points - 1)) * span);
    const value = at < 0 ? 0 : (samples[index] ?? 0);
    const y = box.height / 2 - Math.max(-1, Math.min(1, value)) * (box.height / 2 - options.lineWidth / 2);
    if (point === 0) context.moveTo(0, y);
    else context.lineTo((point / (points - 1)) * box.width, y);
  }
  context.stroke();
};

const drawBars = (context: SKRSContext2D, samples: Float32Array, options: Moment & { barCount: number }): void => {
  const { box, barCount } = options;
  const levels = options.at < 0 ? new Array<number>(barCount).fill(0) : spectrum(samples, options.at, barCount);
  const pitch = box.width / barCount;
  for (const [index, level] of levels.entries()) {
    const height = Math.max(box.height * 0.01, level * box.height);
    context.fillRect(index * pitch + pitch * 0.15, box.height - height, pitch * 0.7, height);
  }
};

/** The whole envelope; what has sounded is full, what is to come faint. */
const drawLevel = (context: SKRSContext2D, samples: Float32Array, options: Moment): void => {
  const { box, at } = options;
  const columns = Math.min(LEVEL_COLUMNS, Math.max(1, Math.floor(box.width / 3)));
  const perColumn = Math.max(1, Math.floor(samples.length / columns));
  const pitch = box.width / columns;
  const alpha = context.globalAlpha;
  for (let column = 0; column < columns; column += 1) {
    let peak = 0;
    for (let index = column * perColumn; index < (column + 1) * perColumn; index += 1)
      peak = Math.max(peak, Math.abs(samples[index] ?? 0));
    const height = Math.max(box.height * 0.01, Math.min(1, peak) * box.height);
    context.globalAlpha = (column + 0.5) * perColumn <= at ? alpha : alpha * 0.35;
    context.fillRect(column * pitch + pitch * 0.1, (box.height - height) / 2, pitch * 0.8, height);
  }
  context.globalAlpha = alpha;
};

/** Loudness by frequency, bands of equal ratio from 40 to 8000 Hz at a rate of 22,050, 0..1. */
const spectrum = (samples: Float32Array, at: number, barCount: number): number[] => {
  const real = new Float64Array(SPECTRUM_SIZE);
  const imaginary = new Float64Array(SPECTRUM_SIZE);
  for (let index = 0; index < SPECTRUM_SIZE; index += 1) {
    const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / (SPECTRUM_SIZE - 1));
    real[index] = (samples[at - SPECTRUM_SIZE / 2 + index] ?? 0) * window;
  }
  transform(real, imaginary);
  const low = 2;
  const high = SPECTRUM_SIZE * 0.36;
  return Array.from({ length: barCount }, (_, bar) => {
    const from = Math.floor(low * (high / low) ** (bar / barCount));
    const to = Math.max(from + 1, Math.floor(low * (high / low) ** ((bar + 1) / barCount)));
    let peak = 0;
    for (let bin = from; bin < to; bin += 1) peak = Math.max(peak, Math.hypot(real[bin] ?? 0, imaginary[bin] ?? 0));
    const decibels = 20 * Math.log10(Math.max(1e-6, peak / (SPECTRUM_SIZE / 4)));
    return Math.min(1, Math.max(0, (decibels + 60) / 60));
  });
};

/** Fast Fourier transform in place; the length is a power of two. */
const transform = (real: Float64Array, imaginary: Float64Array): void => {
  const size = real.length;
  for (let index = 1, mirrored = 0; index < size; index += 1) {
    let bit = size >> 1;
    for (; mirrored & bit; bit >>= 1) mirrored ^= bit;
    mirrored ^= bit;
    if (index < mirrored) [real[index], real[mirrored]] = [real[mirrored] ?? 0, real[index] ?? 0];
  }
  for (let length = 2; length <= size; length <<= 1) {
    const half = length / 2;
    for (let start = 0; start < size; start += length) {
      for (let offset = 0; offset < half; offset += 1) {
        const angle = (-2 * Math.PI * offset) / length;
        const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
        const other = start + offset + half;
        const [re, im] = [real[other] ?? 0, imaginary[other] ?? 0];
        const turnedReal = re * cos - im * sin;
        const turnedImaginary = re * sin + im * cos;
        real[other] = (real[start + offset] ?? 0) - turnedReal;
        imaginary[other] = (imaginary[start + offset] ?? 0) - turnedImaginary;
        real[start + offset] = (real[start + offset] ?? 0) + turnedReal;
        imaginary[start + offset] = (imaginary[start + offset] ?? 0) + turnedImaginary;
      }
    }
  }
};
