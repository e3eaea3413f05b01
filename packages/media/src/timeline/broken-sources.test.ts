import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { StepError } from '@polyreel/core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { never, scaled, tools, useScratch } from '../../test/helpers.ts';
import { makeAudio, makeFilm, makeImage } from '../fixtures.ts';
import { renderTimeline, validateTimeline } from './index.ts';

const scratch = useScratch();
const canvas = { width: 64, height: 64 };
const whole: Record<string, Buffer> = {};
beforeAll(async () => {
  const frameRate = { numerator: 25, denominator: 1 };
  const paths = {
    mp4: await makeFilm(tools, { path: scratch('a.mp4'), canvas, frameRate, frameCount: 30, codec: 'foreign' }),
    png: await makeImage(tools, { path: scratch('a.png'), kind: 'png', canvas }),
    jpeg: await makeImage(tools, { path: scratch('a.jpg'), kind: 'jpeg', canvas }),
    webp: await makeImage(tools, { path: scratch('a.webp'), kind: 'webp', canvas }),
    gif: await makeImage(tools, { path: scratch('a.gif'), kind: 'gif', canvas }),
    wav: await makeAudio(tools, { path: scratch('a.wav'), kind: 'wav', seconds: 1 }),
    mp3: await makeAudio(tools, { path: scratch('a.mp3'), kind: 'mp3', seconds: 1 }),
    m4a: await makeAudio(tools, { path: scratch('a.m4a'), kind: 'm4a', seconds: 1 }),
  };
  for (const [kind, path] of Object.entries(paths)) whole[kind] = await readFile(path);
});

let renders = 0;
const renderOf = async (type: string, bytes: Buffer | string): Promise<unknown> => {
  const { document, errors } = validateTimeline({
    timeline: { tracks: [{ clips: [{ asset: { type, src: 'https://example.com/secret-token' }, start: 0, length: 0.2 }] }] },
    output: { format: 'mp4', size: canvas, fps: 10 },
  });
  expect(errors).toEqual([]);
  if (document === null) throw new Error('refused');
  const outputDir = scratch(`broken-${renders++}`);
  await mkdir(outputDir);
  const path = scratch(`broken-source-${renders}`);
  await writeFile(path, bytes);
  try {
    await renderTimeline(tools, { document, outputDir, signal: never(), resolveSource: async () => ({ path }) });
    return undefined;
  } catch (error) {
    expect(await readdir(outputDir)).toEqual([]);
    return error;
  }
};

const causeOf = (error: unknown): string => (error instanceof Error ? `${error.message} <- ${causeOf(error.cause)}` : '');

const expectNamed = (error: unknown, about = ''): void => {
  expect(error, about).toBeInstanceOf(StepError);
  if (!(error instanceof StepError)) return;
  expect(error, about).toMatchObject({ code: 'asset_unusable', permanent: true });
  expect(error.publicMessage).toMatch(/^timeline\.tracks\[0\]\.clips\[0\]/);
  expect(error.publicMessage).not.toMatch(/secret-token|\/tmp\//);
};

const typesOf: Readonly<Record<string, string>> = {
  ...{ mp4: 'video', png: 'image', jpeg: 'image', webp: 'image', gif: 'image', wav: 'audio', mp3: 'audio', m4a: 'audio' },
};

describe('broken sources', () => {
  test.each([
    ['an empty file', 'video', ''],
    ['a playlist', 'video', '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n'],
    ['a concat list', 'video', 'ffconcat version 1.0\nfile /etc/passwd\n'],
    ['a page', 'image', '<!doctype html><html><body>404</body></html>'],
    ['words', 'audio', 'not found'],
    ['words as captions', 'caption', 'not found'],
    ['an archive', 'image', 'PK\u0003\u0004\u0000\u0000\u0000\u0000'],
  ])('%s is refused by the name of its clip', async (_, type, bytes) => {
    expectNamed(await renderOf(type, bytes));
  });

  test('a file of another kind is refused by the name of its clip', async () => {
    expectNamed(await renderOf('image', whole.wav ?? ''));
    expectNamed(await renderOf('audio', whole.png ?? ''));
    expectNamed(await renderOf('video', whole.mp3 ?? ''));
  });

  test('files cut short or damaged render, or are refused by the name of their clip, and never leave anything', async () => {
    const damages = fc.sample(
      fc.record({
        kind: fc.constantFrom(...Object.keys(typesOf)),
        keep: fc.double({ min: 0.02, max: 0.98, noNaN: true }),
        flips: fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 0, max: 255 })), {
          maxLength: 40,
        }),
      }),
      { numRuns: scaled(100), seed: 11 },
    );
    for (const { kind, keep, flips } of damages) {
      const bytes = Buffer.from((whole[kind] ?? Buffer.alloc(0)).subarray(0, Math.ceil((whole[kind]?.length ?? 0) * keep)));
      for (const [at, value] of flips) bytes[Math.floor(at * (bytes.length - 1))] = value;
      const error = await renderOf(typesOf[kind] ?? 'image', bytes);
      if (error !== undefined) expectNamed(error, JSON.stringify({ kind, keep, size: bytes.length, cause: causeOf(error) }));
    }
  });
});
