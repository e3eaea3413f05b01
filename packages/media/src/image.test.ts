import { open, readFile, writeFile } from 'node:fs/promises';
import { DomainError } from '@polyreel/core';
import { describe, expect, it } from 'vitest';
import { never, rejection, rgbOf, run, scaled, tools, useScratch } from '../test/helpers.ts';
import { byteSourceOf } from './byte-source.ts';
import { type FixtureImageKind, makeImage, writeBombPng } from './fixtures.ts';
import { buildDecodeImageArgs, buildNormaliseImageArgs, inspectImage, normaliseImage } from './image.ts';
import { type ImageOrientation, parseImageHeader } from './image-header.ts';

const path = useScratch();
const kinds = ['png', 'jpeg', 'webp'] as const;
const undecodable = { kind: 'unsupported_media', code: 'image_undecodable' };
const inspect = (file: string) => inspectImage(tools, file, { signal: never() });

/** A JPEG with an EXIF segment that holds nothing but the orientation. */
const withOrientation = (jpeg: Buffer, orientation: number, order: 'II' | 'MM'): Buffer => {
  const tiff = Buffer.alloc(26);
  tiff.write(order, 0, 'latin1');
  const word = (value: number, at: number) => (order === 'II' ? tiff.writeUInt16LE(value, at) : tiff.writeUInt16BE(value, at));
  const long = (value: number, at: number) => (order === 'II' ? tiff.writeUInt32LE(value, at) : tiff.writeUInt32BE(value, at));
  word(42, 2);
  long(8, 4);
  word(1, 8);
  word(0x0112, 10);
  word(3, 12);
  long(1, 14);
  word(orientation, 18);
  const body = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff]);
  const segment = Buffer.alloc(4);
  segment.writeUInt16BE(0xffe1, 0);
  segment.writeUInt16BE(body.length + 2, 2);
  return Buffer.concat([jpeg.subarray(0, 2), segment, body, jpeg.subarray(2)]);
};

describe('argv', () => {
  it('of the check is this, literally', () => {
    expect(buildDecodeImageArgs('png', 'in').join(' ')).toBe(
      '-hide_banner -loglevel error -nostdin -nostats -xerror -err_detect crccheck+explode -noautorotate -protocol_whitelist file,pipe ' +
        '-format_whitelist png_pipe -f png_pipe -max_streams 32 -max_pixels 50000000 -threads 1 -i in -map 0:v:0 -frames:v 1 -f null -',
    );
  });

  it('of the normaliser is this, literally', () => {
    const args = buildNormaliseImageArgs({
      header: { kind: 'jpeg', orientation: 6, hasAlpha: false },
      input: 'in',
      output: 'out.png',
      canvas: { width: 832, height: 480 },
      fit: 'cover',
    });
    expect(args.join(' ')).toBe(
      '-hide_banner -loglevel error -nostdin -nostats -y -filter_threads 1 -xerror -err_detect crccheck+explode -noautorotate -protocol_whitelist file,pipe ' +
        '-format_whitelist jpeg_pipe -f jpeg_pipe -max_streams 32 -max_pixels 50000000 -threads 1 -i in -map 0:v:0 -frames:v 1 ' +
        '-vf format=rgb24,transpose=clock,' +
        'scale=832:480:force_original_aspect_ratio=increase:flags=lanczos+accurate_rnd,crop=832:480,setsar=1,format=rgb24 ' +
        '-c:v png -threads 1 -map_metadata -1 -fflags +bitexact -flags:v +bitexact -f image2 -update 1 out.png',
    );
  });
});

describe('inspectImage', () => {
  it.each(kinds)('tells size and type of a %s by content', async (kind) => {
    const file = await makeImage(tools, { path: path(`good-${kind}.txt`), kind, canvas: { width: 333, height: 222 } });
    expect(await inspect(file)).toEqual({ mediaType: `image/${kind}`, width: 333, height: 222, orientation: 1 });
  });

  it.each<FixtureImageKind>(['gif', 'bmp', 'tiff'])('refuses a %s', async (kind) => {
    const file = await makeImage(tools, { path: path(`bad-${kind}.png`), kind });
    expect(await rejection(inspect(file))).toMatchObject(undecodable);
  });

  it('refuses text named .png and an empty file', async () => {
    await writeFile(path('text.png'), 'this is no picture');
    await writeFile(path('none.png'), '');
    for (const name of ['text.png', 'none.png']) expect(await rejection(inspect(path(name)))).toMatchObject(undecodable);
  });

  it.each(kinds)('refuses a %s cut short, wherever', async (kind) => {
    const whole = await readFile(await makeImage(tools, { path: path(`whole.${kind}`), kind }));
    const cuts = scaled(60);
    for (let cut = 1; cut <= cuts; cut += 1) {
      const length = Math.floor((whole.length - 16) * (cut / cuts));
      await writeFile(path(`cut.${kind}`), whole.subarray(0, length));
      expect(await rejection(inspect(path(`cut.${kind}`)))).toMatchObject(undecodable);
    }
  });

  it('refuses a progressive JPEG cut between its scans', async () => {
    const whole = await readFile(await makeProgressiveJpeg());
    expect(await inspect(path('progressive.jpg'))).toMatchObject({ width: 320, height: 240 });
    for (const ratio of [0.3, 0.5, 0.7, 0.9, 0.98]) {
      await writeFile(path('cut.jpg'), whole.subarray(0, Math.floor(whole.length * ratio)));
      expect(await rejection(inspect(path('cut.jpg')))).toMatchObject(undecodable);
    }
  });

  it('accepts a JPEG with bytes behind its end, as phones write', async () => {
    const jpeg = await readFile(await makeImage(tools, { path: path('phone.jpg'), kind: 'jpeg' }));
    await writeFile(path('phone.jpg'), Buffer.concat([jpeg, Buffer.from('ftypmp42'), jpeg.subarray(0, 3000)]));
    expect(await inspect(path('phone.jpg'))).toMatchObject({ width: 320, height: 240 });
  });

  it.each([
    [16_000, 16_000],
    [30_000, 30_000],
    [65_000, 100],
  ])('refuses a PNG of %i x %i by its header, without a decoder', async (width, height) => {
    const file = await writeBombPng(path('bomb.png'), { width, height });
    // A path that does not exist: had ffmpeg been started, the error would be another.
    const noDecoder = { ffmpegPath: path('no-ffmpeg'), ffprobePath: path('no-ffprobe') };
    const error = await rejection(inspectImage(noDecoder, file, { signal: never() }));
    expect(error).toMatchObject(undecodable);
    expect(error).toMatchObject({ message: expect.stringContaining(`${width} x ${height}`) });
  });

  it('refuses a header that promises less than the picture holds', async () => {
    const file = await writeBombPng(path('liar.png'), { width: 16_000, height: 16_000 });
    const handle = await open(file, 'r+');
    await handle.write(Buffer.from([0, 0, 0, 16, 0, 0, 0, 16]), 0, 8, 16);
    await handle.close();
    expect(await rejection(inspect(file))).toMatchObject(undecodable);
  });

  it('refuses a picture without pixels', async () => {
    expect(await rejection(inspect(await writeBombPng(path('zero.png'), { width: 0, height: 10 })))).toMatchObject(undecodable);
  });

  it.each([
    [8000, 6250, 'rgb24'],
    [6000, 5000, 'rgba'],
    [5000, 5000, 'rgb48be'],
  ])('takes the largest picture allowed inside its memory: %i x %i %s', async (width, height, pixelFormat) => {
    const source = ['-f', 'lavfi', '-i', `color=c=red:s=${width}x${height},format=${pixelFormat}`, '-frames:v', '1'];
    await run(tools.ffmpegPath, ['-v', 'error', '-y', ...source, '-pix_fmt', pixelFormat, path('large.png')]);
    expect(await inspect(path('large.png'))).toMatchObject({ width, height });
    await normaliseImage(tools, {
      input: path('large.png'),
      output: path('small.png'),
      canvas: { width: 64, height: 64 },
      signal: never(),
    });
    const [red = 0, green = 0, blue = 0] = await rgbOf(path('small.png'));
    expect(red).toBeGreaterThan(250);
    expect(green + blue).toBeLessThan(4);
    if (pixelFormat !== 'rgba') return;
    // The dearest way of all: flattened at full size.
    await normaliseImage(tools, { input: path('large.png'), output: path('same.png'), signal: never() });
    expect(await parseImageHeader(byteSourceOf(await readFile(path('same.png'))))).toMatchObject({
      width,
      height,
      hasAlpha: false,
    });
  });

  it('refuses a picture of 16 bits a channel that would not fit', async () => {
    const source = ['-f', 'lavfi', '-i', 'color=c=red:s=4000x3800,format=rgba64be', '-frames:v', '1', '-pix_fmt', 'rgba64be'];
    await run(tools.ffmpegPath, ['-v', 'error', '-y', ...source, path('deep.png')]);
    expect(await rejection(inspect(path('deep.png')))).toMatchObject({
      message: expect.stringContaining('15 megapixels with transparency at 16 bits'),
    });
  });

  it('reports an abort and a missing program as such, not as a bad picture', async () => {
    const file = await makeImage(tools, { path: path('fine.png'), kind: 'png' });
    expect(await rejection(inspectImage(tools, file, { signal: AbortSignal.abort() }))).toMatchObject({ code: 'aborted' });
    const missing = { ffmpegPath: path('no-ffmpeg'), ffprobePath: 'x' };
    expect(await rejection(inspectImage(missing, file, { signal: never() }))).toMatchObject({ code: 'process_not_started' });
  });
});

/** ffmpeg writes no progressive JPEG. */
const makeProgressiveJpeg = async (): Promise<string> => {
  const { default: sharp } = await import('sharp');
  const png = await makeImage(tools, { path: path('progressive.png'), kind: 'png' });
  await sharp(png).jpeg({ progressive: true }).toFile(path('progressive.jpg'));
  return path('progressive.jpg');
};

describe('parseImageHeader', () => {
  it.each(['II', 'MM'] as const)('reads every orientation from EXIF in byte order %s', async (order) => {
    const jpeg = await readFile(await makeImage(tools, { path: path('plain.jpg'), kind: 'jpeg' }));
    for (let orientation = 1; orientation <= 8; orientation += 1) {
      expect(await parseImageHeader(byteSourceOf(withOrientation(jpeg, orientation, order)))).toMatchObject({
        orientation,
        width: 320,
        height: 240,
      });
    }
    expect(await parseImageHeader(byteSourceOf(withOrientation(jpeg, 9, order)))).toMatchObject({ orientation: 1 });
  });

  it('never throws on a header that is cut or garbled', async () => {
    for (const kind of kinds) {
      const whole = await readFile(await makeImage(tools, { path: path(`garble.${kind}`), kind }));
      for (let length = 0; length < 64; length += 1) await parseImageHeader(byteSourceOf(whole.subarray(0, length)));
      for (let at = 0; at < 200; at += 1) {
        const garbled = Buffer.from(whole);
        garbled[at] = 255 - (garbled[at] ?? 0);
        await parseImageHeader(byteSourceOf(garbled));
      }
    }
  });
});

describe('normaliseImage', () => {
  /** Red left, green right, blue below: every turn looks different. */
  const makeMarked = async (): Promise<Buffer> => {
    await run(tools.ffmpegPath, [
      ...['-v', 'error', '-y', '-f', 'lavfi', '-i', 'color=c=blue:s=64x32'],
      ...['-vf', 'drawbox=x=0:y=0:w=32:h=16:c=red:t=fill,drawbox=x=32:y=0:w=32:h=16:c=lime:t=fill'],
      ...['-frames:v', '1', '-q:v', '1', '-pix_fmt', 'yuvj444p', path('marked.jpg')],
    ]);
    return readFile(path('marked.jpg'));
  };
  const nameOf = (rgb: Buffer, width: number, x: number, y: number): string => {
    const [red = 0, green = 0, blue = 0] = rgb.subarray((y * width + x) * 3, (y * width + x) * 3 + 3);
    return red > 128 ? 'R' : green > 128 ? 'G' : blue > 128 ? 'B' : '?';
  };

  it.each<[ImageOrientation, string]>([
    [1, 'RGBB'],
    [2, 'GRBB'],
    [3, 'BBGR'],
    [4, 'BBRG'],
    [5, 'RBGB'],
    [6, 'BRBG'],
    [7, 'BGBR'],
    [8, 'GBRB'],
  ])('turns orientation %i upright', async (orientation, corners) => {
    await writeFile(path('turned.jpg'), withOrientation(await makeMarked(), orientation, 'MM'));
    const size = await normaliseImage(tools, { input: path('turned.jpg'), output: path('upright.png'), signal: never() });
    expect(size).toEqual(orientation >= 5 ? { width: 32, height: 64 } : { width: 64, height: 32 });
    const { width, height } = size;
    const rgb = await rgbOf(path('upright.png'));
    expect(rgb.length).toBe(width * height * 3);
    const seen = [
      [4, 4],
      [width - 5, 4],
      [4, height - 5],
      [width - 5, height - 5],
    ].map(([x = 0, y = 0]) => nameOf(rgb, width, x, y));
    expect(seen.join('')).toBe(corners);
  });

  it('flattens transparency on black', async () => {
    const half = ['-f', 'lavfi', '-i', 'color=c=white@0.5:s=64x64,format=rgba'];
    await run(tools.ffmpegPath, ['-v', 'error', ...half, '-frames:v', '1', path('alpha.png')]);
    await normaliseImage(tools, { input: path('alpha.png'), output: path('flat.png'), signal: never() });
    const rgb = await rgbOf(path('flat.png'));
    expect(Math.abs((rgb[0] ?? 0) - 128)).toBeLessThanOrEqual(2);
    expect(new Set(rgb).size).toBe(1);
  });

  it('fills a canvas and cuts evenly, or shows all on black', async () => {
    await makeMarked();
    const canvas = { width: 32, height: 32 };
    await normaliseImage(tools, { input: path('marked.jpg'), output: path('cover.png'), canvas, signal: never() });
    const cover = await rgbOf(path('cover.png'));
    expect([nameOf(cover, 32, 4, 4), nameOf(cover, 32, 27, 4), nameOf(cover, 32, 4, 27)]).toEqual(['R', 'G', 'B']);
    await normaliseImage(tools, {
      input: path('marked.jpg'),
      output: path('contain.png'),
      canvas,
      fit: 'contain',
      signal: never(),
    });
    const contain = await rgbOf(path('contain.png'));
    expect([
      nameOf(contain, 32, 4, 2),
      nameOf(contain, 32, 4, 11),
      nameOf(contain, 32, 27, 11),
      nameOf(contain, 32, 4, 29),
    ]).toEqual(['?', 'R', 'G', '?']);
  });

  it('leaves no file behind a failure', async () => {
    await writeFile(
      path('broken.png'),
      (await readFile(await makeImage(tools, { path: path('ok.png'), kind: 'png' }))).subarray(0, 2000),
    );
    const error = await rejection(
      normaliseImage(tools, { input: path('broken.png'), output: path('never.png'), signal: never() }),
    );
    expect(error).toBeInstanceOf(DomainError);
    await expect(readFile(path('never.png'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
