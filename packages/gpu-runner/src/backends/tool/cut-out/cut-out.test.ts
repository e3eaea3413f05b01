import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProcess } from '@polyreel/media';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createToolRunner } from '../index.ts';
import { fixture, testContext, testTools, writeTestFilm } from '../test-kit.ts';

const runner = createToolRunner({ ...testTools, threads: 1 });
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polyreel-cut-out-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const cutOut = async (image: string) =>
  runner.run({ type: 'cut-out-image', model: 'cut-out' }, await testContext(folder, { image }));
const alphaOf = async (file: Buffer): Promise<Uint8Array> => sharp(file).ensureAlpha().extractChannel(3).raw().toBuffer();
/** Brightness of a drawing: white is figure, black is ground. */
const maskOf = async (svg: string): Promise<Uint8Array> =>
  sharp(Buffer.from(svg)).flatten({ background: '#000' }).greyscale().toColourspace('b-w').raw().toBuffer();
/** Intersection over union of two masks, 0..255 a pixel. */
const agreement = (a: Uint8Array, b: Uint8Array): number => {
  expect(a.length).toBe(b.length);
  let both = 0;
  let either = 0;
  for (let at = 0; at < a.length; at++) {
    const [inA, inB] = [(a[at] ?? 0) > 127, (b[at] ?? 0) > 127];
    if (inA && inB) both += 1;
    if (inA || inB) either += 1;
  }
  return both / either;
};

const size = { width: 320, height: 240 };
const drawing = (content: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}">${content}</svg>`;
/** A mug, its handle open. */
const mug = (fill: string, x = 0): string =>
  `<path transform="translate(${x})" fill="${fill}" d="M110 55h90v115q0 20-20 20h-50q-20 0-20-20zM200 80q45 0 45 38q0 37-45 37v-15q27 0 27-22q0-23-27-23z"/>`;
const paints =
  '<defs><linearGradient id="wall" x2="1" y2="1"><stop stop-color="#e8e4dc"/><stop offset="1" stop-color="#b8b4b0"/></linearGradient>' +
  '<linearGradient id="clay"><stop stop-color="#702010"/><stop offset=".4" stop-color="#d06040"/><stop offset="1" stop-color="#501008"/>' +
  '</linearGradient></defs><rect width="100%" height="100%" fill="url(#wall)"/>';
/** A photo of the mug: an uneven wall, and the grain of a camera. */
const photoOfMug = async (x = 0): Promise<Buffer> => {
  const pixels = await sharp(Buffer.from(drawing(paints + mug('url(#clay)', x))))
    .removeAlpha()
    .raw()
    .toBuffer();
  let state = 7;
  const grain = (): number => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return (state / 2 ** 31 - 0.5) * 14;
  };
  const noisy = Buffer.from(Uint8ClampedArray.from(pixels, (value) => value + grain()));
  return sharp(noisy, { raw: { ...size, channels: 3 } })
    .jpeg({ quality: 92 })
    .toBuffer();
};

describe('cut-out-image', () => {
  test('an object before a plain wall is separated, down to the opening of its handle, and keeps its colours', async () => {
    const photo = join(folder, 'mug.jpg');
    await sharp(await photoOfMug()).toFile(photo);
    const { path, mediaType, warnings } = await cutOut(photo);
    expect({ mediaType, warnings }).toEqual({ mediaType: 'image/png', warnings: [] });
    const made = await readFile(path);
    expect(await sharp(made).metadata()).toMatchObject({ ...size, format: 'png' });
    const alpha = await alphaOf(made);
    const truth = await maskOf(drawing(mug('#fff')));
    expect(agreement(alpha, truth)).toBeGreaterThan(0.97);
    expect(alpha[118 * size.width + 212]).toBeLessThan(30);
    // On black, nothing of the pale wall shines round the edge.
    const onBlack = await sharp(made).flatten({ background: '#000' }).greyscale().toColourspace('b-w').raw().toBuffer();
    const halo = onBlack.filter((value, at) => (truth[at] ?? 0) < 3 && value > 90);
    expect(halo.length).toBeLessThan(90);
  });

  test('a person before a room full of things is separated from them', async () => {
    const { path, warnings } = await cutOut(fixture('portrait.jpg'));
    expect(warnings).toEqual([]);
    const alpha = await alphaOf(await readFile(path));
    // Drawn by hand along the astronaut and the helmet in her lap.
    const outline =
      'M225 17Q265 15 286 40Q305 75 298 110Q285 130 266 135L258 175Q300 195 304 240Q340 255 352 300L362 350Q400 340 440 352' +
      'Q490 395 496 455L512 470V512H30L20 420L28 330L50 270Q75 230 115 208Q120 165 160 152L185 148L180 122Q155 110 154 70Q165 40 190 38Q205 18 225 17Z';
    const truth = await maskOf(
      `<svg xmlns="http://www.w3.org/2000/svg" width="512" height="512"><path fill="#fff" d="${outline}"/></svg>`,
    );
    expect(agreement(alpha, truth)).toBeGreaterThan(0.92);
    const at = (x: number, y: number): number => alpha[y * 512 + x] ?? -1;
    for (const [x, y] of [
      [215, 110],
      [225, 60],
      [150, 380],
      [250, 330],
    ] as const)
      expect(at(x, y)).toBeGreaterThan(240);
    for (const [x, y] of [
      [30, 60],
      [60, 120],
      [420, 100],
      [400, 230],
      [350, 60],
      [450, 330],
    ] as const)
      expect(at(x, y)).toBeLessThan(15);
  });

  test('a picture without person and plain ground is cut by its colours, and says so', async () => {
    const { warnings } = await cutOut(fixture('landscape.jpg'));
    expect(warnings).toMatchObject([{ code: 'cut_out_guessed' }]);
  });

  test('what was transparent stays so', async () => {
    const image = join(folder, 'sticker.png');
    await sharp(Buffer.from(drawing(mug('#a33'))))
      .png()
      .toFile(image);
    const { path } = await cutOut(image);
    expect(agreement(await alphaOf(await readFile(path)), await maskOf(drawing(mug('#fff'))))).toBeGreaterThan(0.97);
  });
});

test('cut-out-video: a moving object is separated in every frame, in a WebM that carries alpha', async () => {
  const frameRate = { numerator: 12, denominator: 1 };
  const places = [-60, -48, -36, -24, -12, 0];
  const frames = await Promise.all(
    places.map(async (x) =>
      sharp(await photoOfMug(x))
        .ensureAlpha()
        .raw()
        .toBuffer(),
    ),
  );
  const video = await writeTestFilm(frames, { path: join(folder, 'mug.mp4'), canvas: size, frameRate });
  const { path, mediaType, warnings } = await runner.run(
    { type: 'cut-out-video', model: 'cut-out', canvas: size, frameRate, frameCount: places.length },
    await testContext(folder, { video }),
  );
  expect({ mediaType, warnings }).toEqual({ mediaType: 'video/webm', warnings: [] });
  const { stdout } = await runProcess({
    command: testTools.ffmpegPath,
    args: ['-loglevel', 'error', '-nostdin', '-c:v', 'libvpx-vp9', '-i', path, '-f', 'rawvideo', '-pix_fmt', 'rgba', 'pipe:1'],
    signal: AbortSignal.timeout(60_000),
    timeoutMs: 60_000,
  });
  const frameBytes = size.width * size.height * 4;
  expect(stdout.length).toBe(frameBytes * places.length);
  for (const [index, x] of places.entries()) {
    const alpha = stdout.subarray(index * frameBytes, (index + 1) * frameBytes).filter((_, at) => at % 4 === 3);
    expect(agreement(alpha, await maskOf(drawing(mug('#fff', x))))).toBeGreaterThan(0.9);
  }
});
