import { agreeFingerprints, type FingerprintFrame } from '@polyreel/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { fingerprintFilm, fingerprintQuery } from '../../src/fingerprint/index.ts';
import { makeAudio, makeFilm, makeImage } from '../../src/fixtures.ts';
import { muxAudio, probe } from '../../src/index.ts';
import { attackFilm, attacks, makeFilmedFilm, mirror } from '../../src/trials/index.ts';
import { createLumaWatermarker, markFilm, markPositions, placeMark } from '../../src/watermark/index.ts';
import { createFrameMarker } from '../../src/watermark/invisible/embed.ts';
import { readRawFrames } from '../../src/watermark/raw-frames.ts';
import { never, rgbOf, run, scaled, tools, useScratch } from '../helpers.ts';

const scratch = useScratch();
const key = new Uint8Array(32).fill(7);
const watermarker = createLumaWatermarker([key]);
const rate = { numerator: 16, denominator: 1 };
const filmCount = scaled(100);
const isFull = filmCount >= 100;
/** The sizes of the API at full scale; small ones where the same code is only looked at. */
const canvasOf = (index: number) => {
  const [odd, even] = isFull
    ? [
        { width: 1280, height: 720 },
        { width: 832, height: 480 },
      ]
    : [
        { width: 480, height: 272 },
        { width: 416, height: 240 },
      ];
  return index % 2 === 0 ? even : odd;
};
const idOf = (index: number): string =>
  ((0x9e3779b97f4a7c15n * BigInt(index + 1)) & 0xffffffffffffffffn).toString(16).padStart(16, '0');

const makeMarked = async (index: number): Promise<string> => {
  const [plain, marked] = [scratch(`plain-${index}.mp4`), scratch(`marked-${index}.mp4`)];
  const canvas = canvasOf(index);
  await makeFilmedFilm(tools, { path: plain, seed: index, canvas, seconds: 6 });
  const invisible = { watermarker, id: idOf(index) };
  await markFilm(tools, { input: plain, output: marked, canvas, frameRate: rate, frameCount: 96, invisible, signal: never() });
  return marked;
};

/** The best agreement of any form of a film with what is looked for. */
const agreement = async (frames: readonly FingerprintFrame[], input: string, kind: 'mp4' | 'mkv'): Promise<number> => {
  const looks = await fingerprintQuery(tools, { input, kind, signal: never() });
  const runs = (['whole', 'mirrored', 'centre'] as const).map((form) =>
    agreeFingerprints(
      looks,
      frames.map((frame) => ({ position: frame.position, hash: frame[form] })),
    ),
  );
  return Math.max(...runs.map((found) => found?.run ?? 0));
};

describe('the hidden mark and the fingerprint', () => {
  it('are looked for at the very moments that are kept: a film agrees with itself bit for bit', async () => {
    const input = scratch('itself.mp4');
    await makeFilmedFilm(tools, { path: input, seed: 1, canvas: { width: 416, height: 240 }, seconds: 3 });
    const { frames } = await fingerprintFilm(tools, { input, kind: 'mp4', signal: never() });
    const looks = await fingerprintQuery(tools, { input, kind: 'mp4', signal: never() });
    const stored = frames.map(({ position, whole }) => ({ position, hash: whole }));
    expect(agreeFingerprints(looks, stored)).toEqual({ run: 6, similarityRatio: 1 });
  });

  it('survive what happens to films on their way', async () => {
    // At full scale every film goes through everything; below, each attack meets a film or two.
    const lost: string[] = [];
    let tried = 0;
    for (let index = 0; index < (isFull ? filmCount : attacks.length + 1); index += 1) {
      const marked = await makeMarked(index);
      const { frames } = await fingerprintFilm(tools, { input: marked, kind: 'mp4', signal: never() });
      const own = [...attacks, mirror];
      for (const attack of isFull ? own : own.filter((_, place) => place === index % own.length)) {
        const attacked = scratch(`attacked-${index}.${attack.container}`);
        await attackFilm(tools, attack, marked, attacked);
        tried += 1;
        if (attack !== mirror) {
          const found = await watermarker.read(tools, { input: attacked, signal: never() });
          if (found?.id !== idOf(index)) lost.push(`mark of film ${index} after ${attack.name}: ${found?.id ?? 'none'}`);
        }
        if ((await agreement(frames, attacked, attack.container)) < 4)
          lost.push(`fingerprint of film ${index} after ${attack.name}`);
      }
    }
    expect(lost.length / tried, lost.join('\n')).toBeLessThanOrEqual(0.01);
  }, 3_600_000);

  it('are not found in films that have none', async () => {
    const wrong: string[] = [];
    const { frames } = await fingerprintFilm(tools, { input: scratch('marked-0.mp4'), kind: 'mp4', signal: never() });
    const canvas = { width: 320, height: 192 };
    for (let index = 0; index < scaled(100); index += 1) {
      const path = scratch('unmarked.mp4');
      await makeFilmedFilm(tools, { path, seed: 1000 + index, canvas, seconds: 3 });
      const found = await watermarker.read(tools, { input: path, signal: never() });
      if (found !== null) wrong.push(`film ${index}: ${found.id}`);
      if ((await agreement(frames, path, 'mp4')) > 0) wrong.push(`film ${index} looks like another`);
    }
    expect(wrong).toEqual([]);
  }, 3_600_000);

  it('is not read with another key', async () => {
    const stranger = createLumaWatermarker([new Uint8Array(32).fill(8)]);
    expect(await stranger.read(tools, { input: scratch('marked-0.mp4'), signal: never() })).toBeNull();
    const both = createLumaWatermarker([new Uint8Array(32).fill(8), key]);
    expect(await both.read(tools, { input: scratch('marked-0.mp4'), signal: never() })).toMatchObject({ id: idOf(0) });
  });

  it('costs no frame more than 42 dB', async () => {
    for (const [index, seed] of [0, 1, 2, 3, 4].entries()) {
      const canvas = { width: 416, height: 240 };
      await makeFilmedFilm(tools, { path: scratch('psnr.mp4'), seed, canvas, seconds: 1 });
      const marker = createFrameMarker({ key, id: BigInt(`0x${idOf(index)}`), canvas });
      const frames = readRawFrames(tools, {
        ...{ input: scratch('psnr.mp4'), kind: 'mp4', filters: ['format=gray'], pixelFormat: 'gray' },
        ...{ frameBytes: canvas.width * canvas.height, memoryBytes: 2 ** 31, timeoutMs: 60_000, signal: never() },
      });
      let seen = 0;
      for await (const frame of frames) {
        const before = Uint8Array.from(frame);
        marker.mark(frame);
        const squares = before.reduce((sum, value, place) => sum + (value - (frame[place] ?? 0)) ** 2, 0);
        expect(squares).toBeGreaterThan(0);
        expect(10 * Math.log10(255 ** 2 / (squares / before.length))).toBeGreaterThanOrEqual(42);
        seen += 1;
      }
      expect(seen).toBeGreaterThan(10);
    }
  });
});

describe('the visible mark', () => {
  const canvas = { width: 320, height: 192 };
  beforeAll(async () => {
    const silent = await makeFilm(tools, {
      path: scratch('silent.mp4'),
      canvas,
      frameRate: rate,
      frameCount: 6,
      source: 'color=c=gray',
    });
    const audio = await makeAudio(tools, { path: scratch('tone.wav'), kind: 'wav', seconds: 6 / 16 });
    await muxAudio(tools, { video: silent, audio, frameRate: rate, output: scratch('grey.mp4'), signal: never() });
    await makeImage(tools, { path: scratch('logo.png'), kind: 'png', canvas: { width: 60, height: 30 } });
  });

  const changedBox = async (film: string): Promise<{ x: number; y: number; width: number; height: number } | null> => {
    const raw = await run(tools.ffmpegPath, [
      '-v',
      'error',
      '-i',
      film,
      '-frames:v',
      '1',
      '-pix_fmt',
      'gray',
      '-f',
      'rawvideo',
      '-',
    ]);
    const places = [...raw.entries()].filter(([, value]) => Math.abs(value - (raw[0] ?? 0)) > 12 && Math.abs(value - 128) > 12);
    const [xs, ys] = [places.map(([place]) => place % canvas.width), places.map(([place]) => Math.floor(place / canvas.width))];
    if (places.length === 0) return null;
    const [x, y] = [Math.min(...xs), Math.min(...ys)];
    return { x, y, width: Math.max(...xs) - x + 1, height: Math.max(...ys) - y + 1 };
  };
  const look = { scale: 0.25, opacity: 1, margin: 0.05 };

  it('stands at each of the nine places, as large as asked, and the sound stays', async () => {
    for (const position of markPositions) {
      const output = scratch('placed.mp4');
      const visible = { ...look, position, imagePath: scratch('logo.png') };
      await markFilm(tools, {
        input: scratch('grey.mp4'),
        output,
        canvas,
        frameRate: rate,
        frameCount: 6,
        visible,
        signal: never(),
      });
      const box = placeMark(canvas, { width: 60, height: 30 }, { ...look, position });
      expect(box).toMatchObject({ width: 80, height: 40 });
      const found = await changedBox(output);
      expect(found, position).not.toBeNull();
      for (const side of ['x', 'y', 'width', 'height'] as const)
        expect(Math.abs((found?.[side] ?? -99) - box[side]), position).toBeLessThanOrEqual(8);
      const facts = await probe(tools, output, { kind: 'mp4', signal: never(), countsFrames: true });
      expect([facts.video?.frameCount, facts.audio === undefined]).toEqual([6, false]);
    }
  });

  it('writes any script, in its colour and as faintly as asked', async () => {
    const read = async (text: string, opacity: number): Promise<number> => {
      const output = scratch('text.mp4');
      const visible = { position: 'center' as const, scale: 0.6, opacity, margin: 0, text, color: '#ff0000' };
      await markFilm(tools, {
        input: scratch('grey.mp4'),
        output,
        canvas,
        frameRate: rate,
        frameCount: 6,
        visible,
        signal: never(),
      });
      const raw = await rgbOf(output);
      let red = 0;
      for (let place = 0; place < raw.length; place += 3) if ((raw[place] ?? 0) - (raw[place + 1] ?? 0) > 60) red += 1;
      return red;
    };
    for (const text of ['Made by AI', 'Сделано ИИ', 'AI 生成', 'صنع', "100%{n}:'\\"])
      expect(await read(text, 1), text).toBeGreaterThan(60);
    expect(await read('Made by AI', 0.05)).toBe(0);
  });
});
