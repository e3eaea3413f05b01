import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { tools, useScratch } from '../test/helpers.ts';
import { byteSourceOf } from './byte-source.ts';
import { type FixtureAudioKind, type FixtureImageKind, makeAudio, makeFilm, makeImage } from './fixtures.ts';
import { type MediaKind, mediaKinds } from './media-kinds.ts';
import { sniffFile, sniffSource } from './sniff.ts';

const path = useScratch();
const kindOf = async (bytes: Uint8Array | string): Promise<MediaKind> =>
  (await sniffSource(byteSourceOf(typeof bytes === 'string' ? Buffer.from(bytes) : bytes))).kind;

describe('sniffFile on real files, whatever they are called', () => {
  it.each<FixtureImageKind>(['jpeg', 'png', 'webp', 'gif', 'bmp', 'tiff'])('knows a picture: %s', async (kind) => {
    const file = await makeImage(tools, { path: path(`${kind}.txt`), kind });
    expect(await sniffFile(file)).toEqual({ kind, family: 'image', mediaType: mediaKinds[kind].mediaType });
  });

  it.each<[FixtureAudioKind, MediaKind, string]>([
    ['mp3', 'mp3', 'audio/mpeg'],
    ['mp2', 'mp2', 'audio/mpeg'],
    ['wav', 'wav', 'audio/wav'],
    ['m4a', 'm4a', 'audio/mp4'],
    ['vorbis', 'ogg', 'audio/ogg'],
    ['opus', 'ogg', 'audio/ogg'],
    ['flac', 'flac', 'audio/flac'],
    ['aac', 'aac', 'audio/aac'],
  ])('knows sound: %s', async (made, kind, mediaType) => {
    const file = await makeAudio(tools, { path: path(`${made}.png`), kind: made, seconds: 1 });
    expect(await sniffFile(file)).toEqual({ kind, family: 'audio', mediaType });
  });

  it.each([8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000])('knows an MP3 without tags at %i Hz', async (sampleRate) => {
    const file = path(`bare-${sampleRate}.mp3`);
    await makeAudio(tools, {
      path: file,
      kind: 'mp3',
      seconds: 0.5,
      sampleRate,
      args: ['-write_xing', '0', '-id3v2_version', '0'],
    });
    expect((await readFile(file)).subarray(0, 1)).toEqual(Buffer.from([0xff]));
    expect(await sniffFile(file)).toMatchObject({ kind: 'mp3' });
  });

  it('looks behind an ID3 tag larger than anything it reads at once', async () => {
    const file = await makeAudio(tools, {
      path: path('plain.mp3'),
      kind: 'mp3',
      seconds: 1,
      args: ['-id3v2_version', '0', '-write_xing', '0'],
    });
    const sound = await readFile(file);
    const size = 3_000_000;
    const tag = Buffer.alloc(10 + size);
    tag.set([0x49, 0x44, 0x33, 4, 0, 0, (size >> 21) & 127, (size >> 14) & 127, (size >> 7) & 127, size & 127]);
    await writeFile(path('tagged'), Buffer.concat([tag, sound]));
    expect(await sniffFile(path('tagged'))).toMatchObject({ kind: 'mp3' });
    await writeFile(path('only-tag'), tag);
    expect(await sniffFile(path('only-tag'))).toMatchObject({ family: 'other' });
  });

  it.each<[string, MediaKind, string[]]>([
    ['mp4', 'mp4', []],
    ['mov', 'mov', []],
    ['webm', 'webm', ['-c:v', 'libvpx']],
    ['matroska', 'mkv', []],
    ['avi', 'avi', []],
    ['flv', 'flv', []],
    ['mpegts', 'mpegts', []],
    ['ogg', 'ogv', ['-c:v', 'libtheora']],
  ])('knows a film: %s', async (format, kind, args) => {
    const film = await makeFilm(tools, {
      path: path(`${format}.src.mp4`),
      canvas: { width: 64, height: 64 },
      frameRate: { numerator: 16, denominator: 1 },
      frameCount: 8,
    });
    const file = path(`film-${format}`);
    const coder = args.length > 0 ? args : ['-c', 'copy'];
    const { run } = await import('../test/helpers.ts');
    await run(tools.ffmpegPath, ['-v', 'error', '-y', '-i', film, ...coder, '-f', format, file]);
    expect(await sniffFile(file)).toMatchObject({ kind, family: 'video' });
  });
});

describe('sniffSource on disguises', () => {
  it.each<[string, string, MediaKind]>([
    ['an HLS playlist', '#EXTM3U\n#EXT-X-TARGETDURATION:10\n', 'hls'],
    ['an HLS playlist behind a mark', '\ufeff#EXTM3U\n', 'hls'],
    ['an HLS playlist behind blank lines', '\n\n  #EXTM3U\n', 'hls'],
    ['a concat list', 'ffconcat version 1.0\nfile /etc/passwd\n', 'ffconcat'],
    ['a concat list without its header', "# list\nfile '/etc/passwd'\n", 'ffconcat'],
    ['a DASH manifest', '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011">', 'dash'],
    ['a PLS list', '[playlist]\nFile1=http://example.com/', 'pls'],
    ['a session description', 'v=0\no=- 0 0 IN IP4 127.0.0.1\n', 'sdp'],
    ['a drawing', '<svg xmlns="http://www.w3.org/2000/svg"/>', 'svg'],
    ['a drawing behind a declaration', '<?xml version="1.0"?><!-- x --><svg xmlns="http://www.w3.org/2000/svg">', 'svg'],
    ['a page', '<!DOCTYPE html><html>', 'html'],
    ['JSON', '{"a":1}', 'json'],
    ['text', 'Hello, this is text.', 'text'],
    ['text that begins like a bitmap', 'BMW is a car maker', 'text'],
    ['text in another alphabet', 'Привет, мир', 'text'],
    ['a PDF', '%PDF-1.7\n', 'pdf'],
    ['an archive', 'PK\u0003\u0004xxxx', 'zip'],
    ['nothing', '', 'empty'],
  ])('knows %s', async (_title, content, kind) => {
    expect(await kindOf(content)).toBe(kind);
  });

  it.each(['heic', 'heix', 'mif1', 'avif'])('knows a picture in an MP4 box: %s', async (brand) => {
    const head = Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from(`ftyp${brand}\0\0\0\0${brand}mif1`, 'latin1')]);
    expect((await sniffSource(byteSourceOf(head))).family).toBe('image');
  });

  it('does not take random bytes, zeros, or a lone sync word for sound', async () => {
    let state = 12345;
    const random = Buffer.from(
      Array.from({ length: 200_000 }, () => {
        state = (state * 1103515245 + 12345) & 0x7fffffff;
        return state >> 16;
      }),
    );
    for (let offset = 0; offset < 2000; offset += 1) {
      const sniffed = await sniffSource(
        byteSourceOf(Buffer.concat([Buffer.from([0xff, 0xfb, 0x90, 0x64]), random.subarray(offset, offset + 4000)])),
      );
      expect(sniffed.family).toBe('other');
    }
    expect(await kindOf(Buffer.alloc(100_000))).toBe('unknown');
    expect(await kindOf(random)).toBe('unknown');
  });

  it('never throws, whatever the bytes: every prefix of every signature', async () => {
    const starts = [
      '\x89PNG\r\n\x1a\n',
      'RIFF\0\0\0\0WEBPVP8X',
      'RIFF\0\0\0\0WAVE',
      'OggS\0\x02',
      'ID3\x04\0\0\x7f\x7f\x7f\x7f',
      '\0\0\0\x18ftypmif1',
      '\x1aE\xdf\xa3\x42\x82',
      '\xff\xfb\x90\x64',
      '\xff\xf1\x50\x80',
    ];
    for (const start of starts) {
      for (let length = 0; length <= start.length; length += 1) {
        await expect(kindOf(Buffer.from(start.slice(0, length), 'latin1'))).resolves.toEqual(expect.any(String));
      }
    }
  });

  it('gives ffmpeg no demuxer for a kind that names other files or is a program', () => {
    const dangerous: MediaKind[] = [
      'hls',
      'dash',
      'ffconcat',
      'pls',
      'sdp',
      'svg',
      'pdf',
      'zip',
      'text',
      'html',
      'unknown',
      'empty',
    ];
    expect(dangerous.map((kind) => mediaKinds[kind].demuxer)).toEqual(dangerous.map(() => null));
  });
});
