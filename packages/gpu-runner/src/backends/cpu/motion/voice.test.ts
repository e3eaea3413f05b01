import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ffmpeg, never } from './test-kit.ts';
import { createVoiceMeter, readVoice } from './voice.ts';

const frameRate = { numerator: 25, denominator: 1 };
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polyreel-voice-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const read = (path: string, frameCount: number, signal = never) =>
  readVoice({ ffmpegPath: 'ffmpeg', path, frameRate, frameCount, signal });

describe('readVoice', () => {
  it('measures a tone as loud as it is and what follows it as silent', async () => {
    const path = join(folder, 'tone.wav');
    await ffmpeg(['-f', 'lavfi', '-i', 'aevalsrc=0.5*sin(2*PI*200*t):s=44100:d=1', path]);
    const { rms, crossings } = await read(path, 50);
    expect(rms).toHaveLength(50);
    for (const value of rms.subarray(1, 24)) expect(value).toBeCloseTo(0.5 / Math.SQRT2, 2);
    for (const value of rms.subarray(26)) expect(value).toBe(0);
    // 200 Hz crosses zero 400 times a second, of 16,000 samples.
    expect(crossings[10]).toBeCloseTo(400 / 16_000, 2);
  });

  it('understands MP3 as well', async () => {
    const path = join(folder, 'tone.mp3');
    await ffmpeg(['-f', 'lavfi', '-i', 'sine=frequency=300:duration=2', '-ac', '2', path]);
    const { rms } = await read(path, 50);
    expect(Math.min(...rms.subarray(3, 47))).toBeGreaterThan(0.05);
  });

  it('says of a file without sound that it cannot be decoded, for good', async () => {
    const path = join(folder, 'text.mp3');
    await writeFile(path, 'not a sound at all\n'.repeat(200));
    await expect(read(path, 10)).rejects.toMatchObject({ name: 'StepError', permanent: true });
  });

  it('stops when it is told to', async () => {
    const path = join(folder, 'tone.wav');
    await expect(read(path, 10, AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted', permanent: false });
  });
});

describe('createVoiceMeter', () => {
  it('does not care where the chunks end', () => {
    const samples = Buffer.alloc(16_000 * 2);
    for (let at = 0; at < 16_000; at++) samples.writeInt16LE(Math.round(9000 * Math.sin(at / 9) * Math.sin(at / 900)), at * 2);
    const measure = (chunkBytes: number): string => {
      const meter = createVoiceMeter({ frameRate, frameCount: 25 });
      for (let at = 0; at < samples.length; at += chunkBytes) meter.add(samples.subarray(at, at + chunkBytes));
      return createHash('sha256').update(meter.end().rms).digest('hex');
    };
    const whole = measure(samples.length);
    for (const chunkBytes of [1, 3, 640, 641, 4096]) expect(measure(chunkBytes)).toBe(whole);
  });

  it('keeps to the frame grid of a broken rate over a long time', () => {
    const rate = { numerator: 30_000, denominator: 1001 };
    const meter = createVoiceMeter({ frameRate: rate, frameCount: 3000 });
    const second = Buffer.alloc(16_000 * 2);
    for (let index = 0; index < 100; index++) {
      // The last second is loud.
      if (index === 99) for (let at = 0; at < 16_000; at++) second.writeInt16LE(at % 2 === 0 ? 8000 : -8000, at * 2);
      meter.add(second);
    }
    const { rms } = meter.end();
    const first = rms.findIndex((value) => value > 0.1);
    expect(first).toBe(Math.floor((99 * 30_000) / 1001));
  });
});
