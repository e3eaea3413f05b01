import { type FrameRate, framesPerSecond, StepError } from '@polyreel/core';
import { buildForeignInputArgs, FOREIGN_INPUT_MEMORY_BYTES, isAboutInput, sniffFile, startProcess } from '@polyreel/media';

/** One value a film frame: what the voice does while the frame is shown. */
export interface VoiceTrack {
  /** Root mean square, 0..1 of full scale. */
  readonly rms: Float32Array;
  /** Share of neighbouring samples whose sign differs, 0..1: high for s, f and breath. */
  readonly crossings: Float32Array;
}

export const VOICE_SAMPLE_RATE = 16_000;

/** Four hours of MP3 take about ten seconds. */
const MAX_CPU_SECONDS = 300;

/**
 * Measures the first `frameCount` frames of a sound file; frames after its end are silent. Memory is a few bytes a frame. Throws a permanent
 * StepError when no sound can be decoded.
 */
export const readVoice = async (options: {
  readonly ffmpegPath: string;
  readonly path: string;
  readonly frameRate: FrameRate;
  readonly frameCount: number;
  readonly signal: AbortSignal;
}): Promise<VoiceTrack> => {
  const { kind } = await sniffFile(options.path);
  const decoder = startProcess({
    command: options.ffmpegPath,
    args: [
      ...['-hide_banner', '-loglevel', 'error', '-nostdin', ...buildForeignInputArgs(kind, options.path)],
      ...['-map', '0:a:0', '-vn', '-sn', '-dn', '-ac', '1', '-ar', String(VOICE_SAMPLE_RATE), '-f', 's16le', 'pipe:1'],
    ],
    stdout: 'stream',
    signal: options.signal,
    timeoutMs: 3 * MAX_CPU_SECONDS * 1000,
    maxCpuSeconds: MAX_CPU_SECONDS,
    maxMemoryBytes: FOREIGN_INPUT_MEMORY_BYTES,
  });
  const meter = createVoiceMeter(options);
  try {
    if (decoder.stdout !== null) for await (const chunk of decoder.stdout) meter.add(chunk);
    await decoder.finished;
  } catch (error) {
    decoder.stop();
    throw isAboutInput(error) ? undecodable(error) : error;
  }
  if (meter.sampleCount === 0) throw undecodable(new Error('the decoder gave no samples'));
  return meter.end();
};

const undecodable = (cause: unknown): StepError =>
  new StepError({ code: 'audio_undecodable', publicMessage: 'The sound could not be decoded', permanent: true, cause });

export interface VoiceMeter {
  readonly sampleCount: number;
  add(chunk: Buffer): void;
  end(): VoiceTrack;
}

/** Sums up 16-bit samples frame by frame. Chunks may end anywhere, also between the two bytes of a sample. */
export const createVoiceMeter = (options: { frameRate: FrameRate; frameCount: number }): VoiceMeter => {
  const { frameCount } = options;
  const samplesPerFrame = VOICE_SAMPLE_RATE / framesPerSecond(options.frameRate);
  const rms = new Float32Array(frameCount);
  const crossings = new Float32Array(frameCount);
  let frame = 0;
  let frameEnd = samplesPerFrame;
  let position = 0;
  let count = 0;
  let energy = 0;
  let signChanges = 0;
  let previous = 0;
  let rest: Buffer = Buffer.alloc(0);

  const closeFrame = (): void => {
    if (frame < frameCount && count > 0) {
      rms[frame] = Math.sqrt(energy / count) / 32768;
      crossings[frame] = signChanges / count;
    }
    frame += 1;
    frameEnd = samplesPerFrame * (frame + 1);
    count = 0;
    energy = 0;
    signChanges = 0;
  };
  return {
    get sampleCount() {
      return position;
    },
    add(chunk) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const whole = bytes.length - (bytes.length % 2);
      for (let at = 0; at < whole; at += 2) {
        const sample = bytes.readInt16LE(at);
        while (position >= frameEnd) closeFrame();
        energy += sample * sample;
        if (sample < 0 !== previous < 0) signChanges += 1;
        previous = sample;
        count += 1;
        position += 1;
      }
      rest = bytes.subarray(whole);
    },
    end() {
      closeFrame();
      return { rms, crossings };
    },
  };
};
