import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, inject } from 'vitest';
import { type MediaTools, runProcess } from '../src/index.ts';

declare module 'vitest' {
  interface ProvidedContext {
    ffmpegPath: string;
    ffprobePath: string;
    testScale: number;
  }
}

export const tools: MediaTools = {
  ffmpegPath: inject('ffmpegPath'),
  ffprobePath: inject('ffprobePath'),
};

export const never = (): AbortSignal => new AbortController().signal;

/** `count` at TEST_SCALE=1, never fewer than five. */
export const scaled = (count: number): number => Math.max(Math.min(count, 5), Math.round(count * inject('testScale')));

/** A folder of the test file's own, gone afterwards. Call the result for a path inside it. */
export const useScratch = (): ((name: string) => string) => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polyreel-media-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return (name) => join(folder, name);
};

export const run = async (command: string, args: readonly string[]): Promise<Buffer> =>
  (await runProcess({ command, args, signal: never(), timeoutMs: 120_000, maxOutputBytes: 512 * 1024 * 1024 })).stdout;

/** Resolves to the rejection; fails when there is none. */
export const rejection = async (work: Promise<unknown>): Promise<unknown> => {
  let value: unknown;
  try {
    value = await work;
  } catch (error) {
    return error;
  }
  throw new Error(`expected a rejection, got ${JSON.stringify(value)}`);
};

/** The first frame as RGB bytes. */
export const rgbOf = (path: string): Promise<Buffer> =>
  run(tools.ffmpegPath, [
    '-v',
    'error',
    '-nostdin',
    '-noautorotate',
    '-i',
    path,
    '-frames:v',
    '1',
    '-pix_fmt',
    'rgb24',
    '-f',
    'rawvideo',
    '-',
  ]);
