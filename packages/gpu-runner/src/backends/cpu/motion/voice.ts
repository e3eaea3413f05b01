import { type FrameRate, framesPerSecond } from '@polyreel/core';
import { startProcess } from '@polyreel/media';

/** One value a film frame: what the voice does while the frame is shown. */
export interface VoiceTrack {
  /** Root mean square, 0..1 of full scale. */
  readonly rms: Float32Array;
  /** Share of neighbouring samples whose sign differs, 0..1: high for s, f and breath. */
  readonly crossings: Float32Array;
}

export const VOICE_SAMPLE_RATE = 16_000;

/** Measures the first `frameCount` frames of a sound file; frames after its end are silent. Memory is a few bytes a frame. */
export const readVoice = async (options: {
  readonly ffmpegPath: string;
  readonly path: string;
  readonly frameRate: FrameRate;
  readonly frameCount: number;
  readonly signal: AbortSignal;
}): Promise<VoiceTrack> => {
  const decoder = startProcess({
    command: options.ffmpegPath,
    args: [
      ...['-hide_banner', '-loglevel', 'error', '-nostdin', '-protocol_whitelist', 'file,pipe', '-i', options.path],
      ...['-vn', '-map', '0:a:0', '-ac', '1', '-ar', String(VOICE_SAMPLE_RATE), '-f', 's16le', 'pipe:1'],
    ],
    stdout: 'stream',
    signal: options.signal,
    timeoutMs: 30 * 60 * 1000,
    maxMemoryBytes: 1024 ** 3,
  });
  const meter = createVoiceMeter(options);
  if (decoder.stdout !== null) for await (const chunk of decoder.stdout) meter.add(chunk);
  await decoder.finished;
  return meter.end();
};

/** Sums up 16-bit samples frame by frame. Chunks may end anywhere, also between the two bytes of a sample. */
export const createVoiceMeter = (options: {
  frameRate: FrameRate;
  frameCount: number;
}): { add(chunk: Buffer): void; end(): VoiceTrack } => {
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
    add(chunk) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const whole = bytes.length - (bytes.length % 2);
      for (let at = 0; at < whole; at += 2) {
        const sample = bytes.readInt16LE(at);
        if (position >= frameEnd) closeFrame();
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
