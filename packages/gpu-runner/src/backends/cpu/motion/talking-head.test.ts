import { readFile } from 'node:fs/promises';
import { scaled } from '@polyreel/testkit/scale';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { placePicture, readPicture, readPictureSize } from './picture.ts';
import {
  correlate,
  createStudio,
  encodersIn,
  type Film,
  factsOf,
  ffmpeg,
  frameHashes,
  landscape,
  lumaFrames,
  neighbourSimilarities,
  never,
  portrait,
  speak,
  talkingHead,
} from './test-kit.ts';
import { createVision } from './vision.ts';
import { readVoice } from './voice.ts';

const TIMEOUT_MS = 300_000;
const canvas = { width: 384, height: 384 };
let studio: Awaited<ReturnType<typeof createStudio>>;
let mouthBox = { x: 0, y: 0, width: 0, height: 0 };
let speech = '';

beforeAll(async () => {
  studio = await createStudio();
  speech = await speak(
    studio.file('speech.wav'),
    'Good morning. This is the news of the day: the sea was calm, and nobody was late.',
  );
  mouthBox = await findMouth();
}, TIMEOUT_MS);
afterAll(() => studio.remove());

/** The mouth and its surroundings on the canvas. */
const findMouth = async (): Promise<typeof mouthBox> => {
  const search = await readPicture(portrait, 512);
  const vision = createVision();
  try {
    const face = await vision.run('find-face', search, never);
    const mouth = face?.landmarks.slice(48) ?? [];
    const scale = placePicture(await readPictureSize(portrait), canvas).scaled.width / search.width;
    const left = Math.min(...mouth.map(({ x }) => x)) * scale;
    const right = Math.max(...mouth.map(({ x }) => x)) * scale;
    const top = Math.min(...mouth.map(({ y }) => y)) * scale;
    const width = right - left;
    return {
      x: Math.round(left - 0.1 * width),
      y: Math.round(top - 0.1 * width),
      width: Math.round(1.2 * width),
      height: Math.round(0.9 * width),
    };
  } finally {
    await vision.close();
  }
};

/** Mean square of the change of the mouth's region from frame to frame. */
const mouthEnergy = async (film: Film): Promise<number[]> => {
  const frames = await lumaFrames(film, mouthBox);
  return frames.slice(1).map((frame, index) => {
    const before = frames[index] ?? frame;
    return frame.reduce((sum, value, at) => sum + (value - (before[at] ?? value)) ** 2, 0) / frame.length;
  });
};

const rmsOf = async (path: string, fps: number, frameCount: number): Promise<number[]> => [
  ...(await readVoice({ ffmpegPath: 'ffmpeg', path, frameRate: { numerator: fps, denominator: 1 }, frameCount, signal: never }))
    .rms,
];

/** Best correlation of the mouth's energy with the voice at a lag of at most one frame. */
const followsVoice = (energy: readonly number[], rms: readonly number[]): number =>
  Math.max(...[-1, 0, 1].map((lag) => correlate(energy.slice(1, -1), rms.slice(2 + lag, rms.length - 1 + lag))));

describe('talking head', () => {
  it.each([
    { width: 384, height: 384, numerator: 25, denominator: 1, frameCount: 30 },
    { width: 840, height: 480, numerator: 16, denominator: 1, frameCount: 17 },
    { width: 64, height: 64, numerator: 30, denominator: 1, frameCount: 1 },
    { width: 270, height: 480, numerator: 30_000, denominator: 1001, frameCount: 31 },
    { width: 1280, height: 720, numerator: 24, denominator: 1, frameCount: 9 },
  ])(
    'has exactly $frameCount frames of $width x $height at $numerator/$denominator',
    async (shape) => {
      const { width, height, numerator, denominator, frameCount } = shape;
      const film = await studio.make(
        talkingHead({ canvas: { width, height }, frameRate: { numerator, denominator }, frameCount }),
        { image: portrait, audio: speech },
      );
      expect(await factsOf(film)).toMatchObject({
        width,
        height,
        frameCount,
        frameRate: { numerator, denominator },
        codec: 'h264',
      });
      expect(film.warnings).toEqual([]);
      expect(film.progress.toSorted((a, b) => a - b)).toEqual(film.progress);
      expect(film.progress.at(-1)).toBe(1);
    },
    TIMEOUT_MS,
  );

  const voices = ['en-us', 'en+f3', 'de', 'fr+m2', 'es', 'it+f2', 'en-gb', 'pt', 'nl+m3', 'pl'] as const;
  const rates = [16, 24, 25, 30] as const;
  const cases = Array.from({ length: scaled(40) }, (_, index) => ({
    voice: voices[index % voices.length] ?? 'en-us',
    fps: rates[index % rates.length] ?? 25,
    seed: index * 31,
  }));
  it.each(cases)(
    'moves the mouth as the voice does: $voice at $fps fps, seed $seed',
    async ({ voice, fps, seed }) => {
      const said = 'Hello there. I am very glad to see you. Shall we go on, or not?';
      const audio = await speak(studio.file(`${voice}-${fps}-${seed}.wav`), said, voice);
      const frameCount = 4 * fps;
      const film = await studio.make(talkingHead({ canvas, frameRate: { numerator: fps, denominator: 1 }, frameCount, seed }), {
        image: portrait,
        audio,
      });
      expect(followsVoice(await mouthEnergy(film), await rmsOf(audio, fps, frameCount))).toBeGreaterThan(0.6);
    },
    TIMEOUT_MS,
  );

  it(
    'closes the mouth in silence, and moves it least there',
    async () => {
      const audio = studio.file('phrases.wav');
      // A second of voice, a second of silence, twice.
      await ffmpeg([
        '-f',
        'lavfi',
        '-i',
        "aevalsrc='lt(mod(t,2),1)*0.4*sin(2*PI*180*t)*(0.6+0.4*sin(2*PI*5*t))':s=16000:d=4",
        audio,
      ]);
      const film = await studio.make(talkingHead({ canvas, frameCount: 100 }), { image: portrait, audio });
      const frames = await lumaFrames(film, mouthBox);
      // The picture's own mouth: the sound begins at once, so the rest pose is taken from a film of silence.
      const silence = studio.file('silence.wav');
      await ffmpeg(['-f', 'lavfi', '-i', 'anullsrc=r=16000:cl=mono', '-t', '1', silence]);
      const [rest = new Uint8Array()] = await lumaFrames(
        await studio.make(talkingHead({ canvas, frameCount: 3 }), { image: portrait, audio: silence }),
        mouthBox,
      );
      const darkness = (frame: Uint8Array): number => frame.reduce((sum, value) => sum + (value < 60 ? 1 : 0), 0) / frame.length;
      const open = frames.slice(3, 24).map(darkness);
      const closed = frames.slice(32, 48).map(darkness);
      const atRest = darkness(rest);
      expect(Math.max(...closed)).toBeLessThan(atRest + 0.012);
      expect(Math.max(...open)).toBeGreaterThan(atRest + 0.02);
      const energy = await mouthEnergy(film);
      const sum = (from: number, to: number): number => energy.slice(from, to).reduce((total, value) => total + value, 0);
      expect(sum(32, 48)).toBeLessThan(0.25 * sum(5, 21));
    },
    TIMEOUT_MS,
  );

  it(
    'never jumps and never stands still, also while nobody speaks',
    async () => {
      const audio = studio.file('pause.wav');
      await ffmpeg(['-t', '2', '-i', speech, '-af', 'apad=pad_dur=4', audio]);
      const film = await studio.make(talkingHead({ canvas, frameCount: 100 }), { image: portrait, audio });
      const similarities = await neighbourSimilarities(film);
      expect(similarities).toHaveLength(99);
      expect(Math.min(...similarities)).toBeGreaterThan(0.9);
      expect(Math.max(...similarities)).toBeLessThan(0.999);
      expect(new Set(await frameHashes(film)).size).toBe(100);
    },
    TIMEOUT_MS,
  );

  it(
    'moves a picture without a face as a whole, with the sound, and says so',
    async () => {
      const audio = studio.file('bursts.wav');
      await ffmpeg(['-f', 'lavfi', '-i', "aevalsrc='lt(mod(t,2),1)*0.4*sin(2*PI*180*t)':s=16000:d=4", audio]);
      const film = await studio.make(talkingHead({ canvas, frameCount: 100 }), { image: landscape, audio });
      expect(film.warnings).toEqual([{ code: 'no-face', details: { effect: expect.stringContaining('moves as a whole') } }]);
      const frames = await lumaFrames(film);
      const energy = frames
        .slice(1)
        .map((frame, index) => frame.reduce((sum, value, at) => sum + Math.abs(value - (frames[index]?.[at] ?? 0)), 0));
      expect(followsVoice(energy, await rmsOf(audio, 25, 100))).toBeGreaterThan(0.2);
      expect(new Set(await frameHashes(film)).size).toBe(100);
    },
    TIMEOUT_MS,
  );

  it(
    'makes the same frames for the same seed with any number of threads, and others for another seed',
    async () => {
      const make = (seed: number, threads: number) =>
        studio.make(talkingHead({ canvas, frameCount: 40, seed }), { image: portrait, audio: speech }, { threads });
      const [one, two, other] = [await make(3, 1), await make(3, 2), await make(4, 2)];
      expect((await readFile(one.path)).equals(await readFile(two.path))).toBe(true);
      expect(await frameHashes(other)).not.toEqual(await frameHashes(one));
    },
    TIMEOUT_MS,
  );

  it(
    'does not grow with the length of the sound',
    async () => {
      const audio = studio.file('long.wav');
      await ffmpeg(['-f', 'lavfi', '-i', "aevalsrc='0.4*sin(2*PI*180*t)*sin(2*PI*t)':s=16000:d=100", audio]);
      const film = (seconds: number) =>
        studio.make(talkingHead({ canvas: { width: 128, height: 128 }, frameCount: 25 * seconds }), { image: portrait, audio });
      await film(8);
      const before = process.memoryUsage.rss();
      let peak = before;
      const watch = setInterval(() => {
        peak = Math.max(peak, process.memoryUsage.rss());
      }, 50);
      try {
        expect(await factsOf(await film(100))).toMatchObject({ frameCount: 2500 });
      } finally {
        clearInterval(watch);
      }
      // 2500 frames held would be 61 MB.
      expect(peak - before).toBeLessThan(40 * 1024 * 1024);
    },
    TIMEOUT_MS,
  );

  it(
    'stops when it is told to, at any time, and leaves nothing behind',
    async () => {
      const own = await createStudio();
      try {
        for (const stopAt of [0, 0.05, 0.6]) {
          const abort = new AbortController();
          const task = talkingHead({ canvas, frameCount: 100 });
          const run = own.make(
            task,
            { image: portrait, audio: speech },
            { signal: abort.signal, onProgress: (ratio) => ratio >= stopAt && abort.abort() },
          );
          if (stopAt === 0) abort.abort();
          await expect(run).rejects.toMatchObject({ name: 'StepError', code: 'aborted', permanent: false });
        }
        expect(encodersIn(own.folder)).toEqual([]);
        expect(await own.leftovers()).toEqual([]);
      } finally {
        await own.remove();
      }
    },
    TIMEOUT_MS,
  );

  it.each([
    ['image', { audio: 'x' }],
    ['audio', { image: 'x' }],
  ])('says that the input %s is missing', async (role, inputs) => {
    const run = studio.make(talkingHead({ canvas }), inputs);
    await expect(run).rejects.toMatchObject({
      code: 'missing_input',
      permanent: true,
      publicMessage: expect.stringContaining(role),
    });
  });
});
