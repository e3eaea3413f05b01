import type { Canvas, FrameRate } from '@polyreel/core';
import type { TimelineIssue } from './contract.ts';
import { frameAtOrAfter, fromDecimal, roundFrames } from './fraction.ts';
import type { FrameRange } from './scene-graph.ts';
import type { Output, OutputFormat, Quality, Resolution } from './schema/output.ts';

/** What the output asks for, in numbers. */
export interface OutputPlan {
  readonly format: OutputFormat;
  readonly kind: 'film' | 'still' | 'sound' | 'captions';
  /** Where the edit is laid out. */
  readonly canvas: Canvas;
  /** The size that is written. */
  readonly output: Canvas;
  readonly frameRate: FrameRate;
  readonly quality: Quality;
  readonly crf: number | null;
  readonly codec: 'h264' | 'h265' | 'av1' | 'vp9' | 'prores' | 'prores4444' | null;
  readonly hasAlpha: boolean;
  readonly isRepeated: boolean;
  readonly isMute: boolean;
  readonly audio: {
    readonly codec: 'aac' | 'mp3' | 'opus' | 'pcm';
    readonly bitrateKbps: number;
    readonly sampleRate: number;
    readonly channels: 1 | 2;
    readonly loudness: number | null;
  };
  readonly metadata: Readonly<Record<string, string>>;
}

/** Frame at 16:9. */
const presets: Readonly<Record<Resolution, Canvas>> = {
  preview: { width: 512, height: 288 },
  mobile: { width: 640, height: 360 },
  '360p': { width: 640, height: 360 },
  '480p': { width: 854, height: 480 },
  sd: { width: 1024, height: 576 },
  hd: { width: 1280, height: 720 },
  '720p': { width: 1280, height: 720 },
  '1080': { width: 1920, height: 1080 },
  '1080p': { width: 1920, height: 1080 },
  'full-hd': { width: 1920, height: 1080 },
  '1440p': { width: 2560, height: 1440 },
  '4k': { width: 3840, height: 2160 },
  '2160p': { width: 3840, height: 2160 },
};

const even = (value: number): number => Math.max(16, 2 * Math.round(value / 2));

/** A preset keeps its short side; shapes that are listed keep the listed sides (480p rounds its long side up to even). */
export const presetCanvas = (resolution: Resolution, aspectRatio = '16:9'): Canvas => {
  const preset = presets[resolution];
  if (aspectRatio === '16:9') return preset;
  const [a = 16, b = 9] = aspectRatio.split(':').map(Number);
  if (a * 9 === b * 16) return preset;
  if (b * 9 === a * 16) return { width: preset.height, height: preset.width };
  // 4:5 keeps the height although it is the long side.
  if (a >= b || a * 5 === b * 4) return { width: evenTowardsZero((preset.height * a) / b), height: preset.height };
  return { width: preset.height, height: even((preset.height * b) / a) };
};
/** 4:5 of 576 is 460.8: listed as 460; of 288 is 230.4: 230. */
const evenTowardsZero = (value: number): number => Math.max(16, 2 * Math.floor(value / 2 + 1e-9));

const ntscRates: Readonly<Record<string, FrameRate>> = {
  '23.976': { numerator: 24000, denominator: 1001 },
  '23.98': { numerator: 24000, denominator: 1001 },
  '29.97': { numerator: 30000, denominator: 1001 },
  '47.952': { numerator: 48000, denominator: 1001 },
  '59.94': { numerator: 60000, denominator: 1001 },
  '119.88': { numerator: 120000, denominator: 1001 },
};

/** The decimals of television mean multiples of 1/1.001; any other number is taken to the thousandth. */
export const exactFrameRate = (fps: number): FrameRate => {
  const named = ntscRates[String(fps)];
  if (named !== undefined) return named;
  const { n, d } = fromDecimal(Math.round(fps * 1000) / 1000);
  return { numerator: Number(n), denominator: Number(d) };
};

const kinds: Readonly<Record<OutputFormat, OutputPlan['kind']>> = {
  ...{ mp4: 'film', webm: 'film', mov: 'film', gif: 'film', webp: 'film' },
  ...{ mp3: 'sound', wav: 'sound', m4a: 'sound', aac: 'sound' },
  ...{ jpg: 'still', png: 'still', bmp: 'still', srt: 'captions', vtt: 'captions' },
};
const codecsOf: Readonly<Partial<Record<OutputFormat, readonly NonNullable<OutputPlan['codec']>[]>>> = {
  mp4: ['h264', 'h265', 'av1'],
  webm: ['vp9', 'av1'],
  mov: ['h264', 'prores', 'prores4444'],
};
const audioCodecsOf: Readonly<Partial<Record<OutputFormat, readonly OutputPlan['audio']['codec'][]>>> = {
  mp4: ['aac', 'mp3'],
  webm: ['opus'],
  mov: ['aac', 'pcm'],
  mp3: ['mp3'],
  wav: ['pcm'],
  m4a: ['aac'],
  aac: ['aac'],
};
const mp3Kbps: Readonly<Record<Quality, number>> = { verylow: 96, low: 128, medium: 192, high: 256, veryhigh: 320 };

export const planOutput = (
  output: Output,
): { plan: OutputPlan; errors: readonly TimelineIssue[]; warnings: readonly TimelineIssue[] } => {
  const errors: TimelineIssue[] = [];
  const warnings: TimelineIssue[] = [];
  const warn = (path: string, code: string, message: string): void =>
    void warnings.push({ path: `output.${path}`, code, message });
  const fault = (path: string, code: string, message: string): void =>
    void errors.push({ path: `output.${path}`, code, message });
  const kind = kinds[output.format];
  const canAlpha = ['webm', 'mov', 'png', 'webp', 'gif'].includes(output.format);
  if (output.alpha === true && !canAlpha) fault('alpha', 'invalid_value', `${output.format} holds no transparency`);
  const codecs = codecsOf[output.format] ?? [];
  const alphaCodec = output.alpha === true && output.format === 'mov' ? 'prores4444' : codecs[0];
  const codec = output.codec ?? alphaCodec ?? null;
  if (output.codec !== undefined && !codecs.includes(output.codec)) {
    fault('codec', 'invalid_value', `${output.format} takes ${codecs.join(', ') || 'no codec'}, got ${output.codec}`);
  } else if (output.alpha === true && canAlpha && (codec === 'h264' || codec === 'prores' || codec === 'av1')) {
    fault('alpha', 'invalid_value', `${codec} holds no transparency`);
  }
  const audioCodecs = audioCodecsOf[output.format] ?? (['aac'] as const);
  const audioCodec = output.audio?.codec ?? audioCodecs[0] ?? 'aac';
  if (output.audio?.codec !== undefined && !audioCodecs.includes(output.audio.codec)) {
    fault('audio.codec', 'invalid_value', `${output.format} takes ${audioCodecs.join(', ')}, got ${output.audio.codec}`);
  }
  const isAnySize = kind === 'still' || output.format === 'gif' || output.format === 'webp' || codec === 'prores4444';
  const canvas = kind === 'sound' ? presets.preview : canvasOf(output, isAnySize, kind === 'captions' ? () => undefined : warn);
  const scaled = output.scaleTo === undefined ? canvas : scaledCanvas(canvas, presetCanvas(output.scaleTo, output.aspectRatio));
  const quality = output.quality ?? 'medium';
  const frameRate = exactFrameRate(output.fps ?? (output.resolution === 'preview' ? 15 : 25));
  return {
    errors,
    warnings,
    plan: {
      ...{ format: output.format, kind, canvas, output: scaled, frameRate, quality, codec },
      crf: output.crf ?? null,
      hasAlpha: output.alpha === true,
      isRepeated: output.repeat ?? true,
      isMute: output.mute === true || kind === 'still' || output.format === 'gif' || output.format === 'webp',
      audio: {
        codec: audioCodec,
        bitrateKbps: output.audio?.bitrate ?? (output.format === 'mp3' ? mp3Kbps[quality] : 192),
        // Opus knows 48 kHz alone.
        sampleRate: audioCodec === 'opus' ? 48_000 : (output.audio?.sampleRate ?? 48_000),
        channels: output.audio?.channels ?? 2,
        loudness: output.audio?.loudness ?? null,
      },
      metadata: output.metadata ?? {},
    },
  };
};

type Warn = (path: string, code: string, message: string) => void;

const canvasOf = (output: Output, isAnySize: boolean, warn: Warn): Canvas => {
  const { size, resolution, aspectRatio } = output;
  const preset = presetCanvas(resolution ?? 'hd', aspectRatio);
  if (size?.width === undefined && size?.height === undefined) {
    if (resolution === undefined)
      warn('resolution', 'default_size', `no size is given: ${preset.width} x ${preset.height} is taken`);
    return preset;
  }
  if (resolution !== undefined && size.width !== undefined && size.height !== undefined) {
    warn('resolution', 'size_wins', 'size and resolution are given: size is taken');
  }
  const ratio = preset.width / preset.height;
  const width = size.width ?? Math.round((size.height ?? preset.height) * ratio);
  const height = size.height ?? Math.round(width / ratio);
  const fitted = { width: side(width, isAnySize), height: side(height, isAnySize) };
  if (fitted.width !== width || fitted.height !== height || size.width === undefined || size.height === undefined) {
    warn(
      'size',
      'adjusted_size',
      `${width} x ${height} becomes ${fitted.width} x ${fitted.height}: sides are ${isAnySize ? '' : 'even and '}from 16`,
    );
  }
  return fitted;
};
const side = (value: number, isAnySize: boolean): number =>
  Math.max(16, isAnySize ? Math.round(value) : 2 * Math.floor(value / 2));

/** The same shape at the other's short side. */
const scaledCanvas = (canvas: Canvas, to: Canvas): Canvas => {
  const factor = Math.min(to.width, to.height) / Math.min(canvas.width, canvas.height);
  return { width: even(canvas.width * factor), height: even(canvas.height * factor) };
};

/** The frames that are written: all, the asked range, or the one frame of a still. Never empty. */
export const planRange = (
  output: Output,
  frameCount: number,
  frameRate: FrameRate,
): { range: FrameRange; warnings: readonly TimelineIssue[] } => {
  const { range, format } = output;
  if (range === undefined && kinds[format] !== 'still') return { range: { from: 0, to: frameCount }, warnings: [] };
  const start = frameAtOrAfter(fromDecimal(range?.start ?? 0), frameRate);
  const from = Math.min(start, frameCount - 1);
  const warnings: TimelineIssue[] =
    start > from
      ? [
          {
            path: 'output.range.start',
            code: 'range_outside',
            message: `the film ends before ${range?.start} s: its last frame is taken`,
          },
        ]
      : [];
  if (kinds[format] === 'still') return { range: { from, to: from + 1 }, warnings };
  const length = range?.length === undefined ? frameCount : Math.max(1, roundFrames(fromDecimal(range.length), frameRate));
  return { range: { from, to: Math.min(frameCount, from + length) }, warnings };
};

/** A moment for a poster, as a frame within the range. */
export const captureFrame = (capture: number | 'first' | 'middle', range: FrameRange, frameRate: FrameRate): number => {
  if (capture === 'first') return range.from;
  if (capture === 'middle') return Math.floor((range.from + range.to - 1) / 2);
  const frame = frameAtOrAfter(fromDecimal(Math.max(0, Math.min(capture, 1e6))), frameRate);
  return Math.max(range.from, Math.min(frame, range.to - 1));
};
