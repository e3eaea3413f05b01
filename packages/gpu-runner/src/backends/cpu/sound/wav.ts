import { sampleRate } from './dsp.ts';

const headerBytes = 44;

/** 16-bit PCM at `sampleRate`; channels of equal length. */
export function toWav(channels: readonly Float32Array[]): Buffer {
  const frameBytes = channels.length * 2;
  const length = channels[0]?.length ?? 0;
  const dataBytes = length * frameBytes;
  const file = Buffer.alloc(headerBytes + dataBytes);
  file.write('RIFF', 0);
  file.writeUInt32LE(headerBytes - 8 + dataBytes, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(channels.length, 22);
  file.writeUInt32LE(sampleRate, 24);
  file.writeUInt32LE(sampleRate * frameBytes, 28);
  file.writeUInt16LE(frameBytes, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36);
  file.writeUInt32LE(dataBytes, 40);
  for (const [index, samples] of channels.entries())
    for (let at = 0; at < length; at += 1)
      file.writeInt16LE(
        Math.round(Math.max(-1, Math.min(1, samples[at] ?? 0)) * 32_767),
        headerBytes + at * frameBytes + index * 2,
      );
  return file;
}
