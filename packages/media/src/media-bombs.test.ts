import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { DomainError } from '@polyreel/core';
import { describe, expect, it } from 'vitest';
import { never, rejection, run, scaled, tools, useScratch } from '../test/helpers.ts';
import { makeAudio, makeFilm, makeImage, writeBombPng } from './fixtures.ts';
import { createMediaInspector } from './media-inspector.ts';
import { isAudioOnly, probe } from './probe.ts';

const path = useScratch();
const inspector = createMediaInspector(tools, { maxAudioSeconds: 600 });

/** A small generator of our own, so that a failure can be repeated. */
const randomFrom = (seed: number): ((limit: number) => number) => {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
};

describe('files that lead elsewhere', () => {
  it('opens no other file and no connection, under any name', async () => {
    let connects = 0;
    const server = createServer((socket) => {
      connects += 1;
      socket.destroy();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
    const lures = [
      `#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10.0,\n${url}/a.ts\n#EXT-X-ENDLIST\n`,
      `#EXTM3U\n#EXTINF:1,\nconcat:file:///etc/passwd|${url}/\n`,
      `ffconcat version 1.0\nfile ${url}/a.mp4\n`,
      `file '${url}/a.mp4'\n`,
      `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>${url}/</BaseURL></MPD>`,
      `<svg xmlns="http://www.w3.org/2000/svg"><image href="${url}/a.png"/></svg>`,
      `[playlist]\nFile1=${url}/a.mp3\nNumberOfEntries=1\n`,
      `v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n`,
      `push graphic-context\nimage over 0,0 0,0 '${url}/a.png'\npop graphic-context\n`,
    ];
    for (const lure of lures) {
      for (const name of ['lure.mp3', 'lure.png', 'lure.mp4', 'lure.wav']) {
        await writeFile(path(name), lure);
        expect((await inspector.identify(path(name))).family).not.toMatch(/audio|video/);
        expect(await rejection(inspector.inspectAudio(path(name)))).toMatchObject({ code: 'audio_undecodable' });
        expect(await rejection(inspector.inspectImage(path(name)))).toMatchObject({ code: 'image_undecodable' });
      }
    }
    server.close();
    expect(connects).toBe(0);
  });

  it('does not follow a lure behind a real signature', async () => {
    const tag = Buffer.from([0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 0, 0]);
    await writeFile(path('tagged.mp3'), Buffer.concat([tag, Buffer.from('#EXTM3U\n#EXTINF:1,\n/etc/passwd\n')]));
    expect(await rejection(inspector.inspectAudio(path('tagged.mp3')))).toMatchObject({ code: 'audio_undecodable' });
  });
});

describe('bombs', () => {
  it('refuses an MP4 of 200 streams', async () => {
    const sound = await makeAudio(tools, { path: path('one.wav'), kind: 'wav', seconds: 0.1 });
    const maps = Array.from({ length: 200 }, () => ['-map', '0:a']).flat();
    await run(tools.ffmpegPath, ['-v', 'error', '-y', '-i', sound, ...maps, '-c:a', 'aac', '-f', 'mp4', path('many.mp4')]);
    expect(await rejection(inspector.inspectAudio(path('many.mp4')))).toMatchObject({ code: 'audio_undecodable' });
  });

  it('hears an MP3 whose cover art is a bomb', async () => {
    const picture = await readFile(await writeBombPng(path('cover.png'), { width: 16_000, height: 16_000 }));
    const sound = await makeAudio(tools, { path: path('plain.mp3'), kind: 'mp3', seconds: 1, args: ['-id3v2_version', '0'] });
    const body = Buffer.concat([Buffer.from('\0image/png\0\x03\0', 'latin1'), picture]);
    const frame = Buffer.concat([Buffer.from('APIC\0\0\0\0\0\0', 'latin1'), body]);
    frame.writeUInt32BE(body.length, 4);
    const size = frame.length;
    const tag = Buffer.from([0x49, 0x44, 0x33, 3, 0, 0, (size >> 21) & 127, (size >> 14) & 127, (size >> 7) & 127, size & 127]);
    await writeFile(path('bomb.mp3'), Buffer.concat([tag, frame, await readFile(sound)]));
    const { seconds } = await inspector.inspectAudio(path('bomb.mp3'));
    expect(Math.abs(seconds - 1)).toBeLessThan(0.1);
    const facts = await probe(tools, path('bomb.mp3'), { signal: never() });
    expect([facts.hasCoverArt, isAudioOnly(facts)]).toEqual([true, true]);
  });

  it.each(['png', 'jpeg', 'webp'] as const)(
    'comes back from garbled pictures with a picture or a named error: %s',
    async (kind) => {
      const whole = await readFile(
        await makeImage(tools, { path: path(`garble.${kind}`), kind, canvas: { width: 64, height: 64 } }),
      );
      await garble(whole, scaled(100), async (file) => {
        await inspector.inspectImage(file);
      });
    },
  );

  it.each(['mp3', 'wav', 'm4a', 'vorbis', 'flac'] as const)(
    'comes back from garbled sound with a length or a named error: %s',
    async (kind) => {
      const whole = await readFile(await makeAudio(tools, { path: path(`garble-${kind}`), kind, seconds: 0.5 }));
      await garble(whole, scaled(100), async (file) => {
        await inspector.identify(file);
        await inspector.inspectAudio(file);
      });
    },
  );

  it('comes back from garbled films', async () => {
    const film = await makeFilm(tools, {
      ...{
        path: path('garble.mp4'),
        canvas: { width: 64, height: 64 },
        frameRate: { numerator: 16, denominator: 1 },
        frameCount: 16,
      },
    });
    await garble(await readFile(film), scaled(100), async (file) => {
      await inspector.identify(file);
    });
  });
});

const garble = async (whole: Buffer, cases: number, look: (file: string) => Promise<void>): Promise<void> => {
  for (let seed = 0; seed < cases; seed += 1) {
    const random = randomFrom(seed);
    const bytes = Buffer.from(whole);
    // Most of the trouble sits in headers and indexes, at either end.
    for (let flips = 0; flips < 1 + random(8); flips += 1) {
      const near = random(Math.min(400, bytes.length));
      bytes[random(2) === 0 ? near : bytes.length - 1 - near] = [0, 0xff, 0x80, random(256)][random(4)] ?? 0;
    }
    const file = path('garbled');
    await writeFile(file, bytes);
    try {
      await look(file);
    } catch (error) {
      if (!(error instanceof DomainError) || !/^(image|audio)_undecodable$/.test(error.code))
        throw new Error(`seed ${seed}`, { cause: error });
    }
  }
};
