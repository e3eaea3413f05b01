import type { MediaKind } from '../../../media-kinds.ts';
import { buildInputArgs } from '../../../foreign-input.ts';
import { runProcess } from '../../../run-process.ts';
import { RENDER_MEMORY_BYTES } from '../../../tools.ts';
import type { VisualizerContent } from '../../scene-graph.ts';
import { fractionSeconds } from '../media-time.ts';
import type { PreparedSound } from '../prepared.ts';

const SAMPLE_RATE = 22_050;
/** Peaks a second, for the envelope. */
const LEVEL_RATE = 100;
const MAX_SECONDS = 3600;

/** The samples of a sound that a visualizer needs, one channel. */
export const decodeSound = async (options: {
  ffmpegPath: string;
  path: string;
  kind: MediaKind;
  content: VisualizerContent;
  signal: AbortSignal;
}): Promise<PreparedSound> => {
  const { timing, style } = options.content;
  const fromSeconds = fractionSeconds(timing.trim);
  const lengthSeconds = Math.min(MAX_SECONDS, Math.max(0.1, fractionSeconds(timing.end) - fromSeconds));
  const { stdout } = await runProcess({
    command: options.ffmpegPath,
    args: [
      ...['-hide_banner', '-loglevel', 'error', '-nostdin', '-nostats', '-ss', fromSeconds.toFixed(6)],
      ...buildInputArgs(options.kind, options.path, { threads: 1 }),
      ...['-map', '0:a:0', '-vn', '-t', lengthSeconds.toFixed(6), '-ac', '1', '-ar', String(SAMPLE_RATE)],
      ...['-f', 'f32le', 'pipe:1'],
    ],
    signal: options.signal,
    timeoutMs: 10 * 60 * 1000,
    maxMemoryBytes: RENDER_MEMORY_BYTES,
    maxOutputBytes: Math.ceil((lengthSeconds + 1) * SAMPLE_RATE * 4) + 65_536,
  });
  const bytes = new SharedArrayBuffer(stdout.length - (stdout.length % 4));
  new Uint8Array(bytes).set(stdout.subarray(0, bytes.byteLength));
  if (style !== 'level') return { type: 'sound', sampleRate: SAMPLE_RATE, samples: bytes, fromSeconds };
  return { type: 'sound', sampleRate: LEVEL_RATE, samples: peaks(new Float32Array(bytes)), fromSeconds };
};

const peaks = (samples: Float32Array): SharedArrayBuffer => {
  const step = SAMPLE_RATE / LEVEL_RATE;
  const shared = new SharedArrayBuffer(Math.ceil(samples.length / step) * 4);
  const levels = new Float32Array(shared);
  for (const [index, sample] of samples.entries()) {
    const at = Math.floor(index / step);
    levels[at] = Math.max(levels[at] ?? 0, Math.abs(sample));
  }
  return shared;
};
