import { StepError } from '@polyreel/core';
import { expect, test } from 'vitest';
import { never } from '../../../../test/helpers.ts';
import { startRawFrames } from './raw-frames.ts';

const start = (script: string, options: { frameBytes: number; signal?: AbortSignal }) => {
  const taken: ArrayBuffer[] = [];
  const takeBuffer = (): ArrayBuffer => {
    const buffer = new ArrayBuffer(options.frameBytes);
    taken.push(buffer);
    return buffer;
  };
  const args = ['-c', script];
  return startRawFrames({ ffmpegPath: '/bin/sh', args, signal: never(), ...options, takeBuffer }).then((frames) => ({
    frames,
    taken,
  }));
};
const textOf = (frame: ArrayBuffer | null): string | null => (frame === null ? null : Buffer.from(frame).toString());

test('cuts what a program writes into frames, however it comes, and drops what is no whole frame', async () => {
  const { frames } = await start('printf ab; printf cdefgh; printf ijklm; printf n', { frameBytes: 4 });
  const read: (string | null)[] = [];
  for (let index = 0; index < 4; index += 1) read.push(textOf(await frames.next()));
  expect(read).toEqual(['abcd', 'efgh', 'ijkl', null]);
});

test('reads frames larger than a pipe into the memory that it was given', async () => {
  const frameBytes = 3_000_001;
  const { frames, taken } = await start(`yes 0123456 | head -c ${2 * frameBytes}`, { frameBytes });
  const read = [await frames.next(), await frames.next()];
  expect(read).toEqual(taken.slice(0, 2));
  const whole = Buffer.concat(read.map((frame) => Buffer.from(frame ?? new ArrayBuffer())));
  expect(whole.equals(Buffer.from('0123456\n'.repeat(frameBytes)).subarray(0, 2 * frameBytes))).toBe(true);
  expect(await frames.next()).toBe(null);
});

test('tells how the program failed once its frames are read', async () => {
  const { frames } = await start('printf abcd; exit 3', { frameBytes: 4 });
  expect(textOf(await frames.next())).toBe('abcd');
  const error = await frames.next().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(StepError);
});

test('ends with an abort while it waits', async () => {
  const stopper = new AbortController();
  const { frames } = await start('sleep 60', { frameBytes: 4, signal: stopper.signal });
  const waiting = frames.next().catch((reason: unknown) => reason);
  stopper.abort(new Error('stop'));
  expect(await waiting).toMatchObject({ code: 'aborted' });
});
