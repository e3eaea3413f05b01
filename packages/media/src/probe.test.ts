import { readFile, truncate, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { never, rejection, run, tools, useScratch } from '../test/helpers.ts';
import { makeAudio, makeFilm, makeImage } from './fixtures.ts';
import { measureAudio } from './measure-audio.ts';
import { buildProbeArgs, isAudioOnly, parseProbeOutput, probe } from './probe.ts';

const path = useScratch();
const canvas = { width: 64, height: 48 };
const frameRate = { numerator: 30000, denominator: 1001 };

describe('buildProbeArgs', () => {
  it('is this command line, literally', () => {
    expect(buildProbeArgs({ kind: 'm4a', path: 'in', countsFrames: true }).join(' ')).toBe(
      '-hide_banner -loglevel error -show_format -show_streams -show_data_hash crc32 -of json -count_packets ' +
        '-protocol_whitelist file,pipe -format_whitelist mov,mp4,m4a,3gp,3g2,mj2 -f mov -max_streams 32 -max_pixels 50000000 -threads 1 -i in',
    );
  });

  it('never opens a kind that could lead elsewhere', () => {
    expect(() => buildProbeArgs({ kind: 'hls', path: 'in', countsFrames: false })).toThrow(
      'application/vnd.apple.mpegurl are not supported',
    );
  });
});

describe('probe', () => {
  it('tells size, rate, frames and colours of a film of ours', async () => {
    const film = await makeFilm(tools, { path: path('a.mp4'), canvas, frameRate, frameCount: 47 });
    const facts = await probe(tools, film, { signal: never() });
    expect(facts).toMatchObject({
      format: 'mov,mp4,m4a,3gp,3g2,mj2',
      sizeBytes: (await readFile(film)).length,
      hasCoverArt: false,
      video: {
        codec: 'h264',
        ...canvas,
        frameRate,
        frameCount: 47,
        pixelFormat: 'yuv420p',
        rotation: 0,
        hasBFrames: false,
        timeBase: '1/30000',
        colorSpace: 'bt709',
      },
    });
    expect(facts.audio).toBeUndefined();
    expect(facts.durationSeconds).toBeCloseTo((47 * 1001) / 30000, 5);
  });

  it('counts frames that the container does not count', async () => {
    const film = await makeFilm(tools, { path: path('b.mp4'), canvas, frameRate, frameCount: 21 });
    await run(tools.ffmpegPath, ['-v', 'error', '-i', film, '-c', 'copy', path('b.mkv')]);
    expect((await probe(tools, path('b.mkv'), { signal: never() })).video?.frameCount).toBeNull();
    expect((await probe(tools, path('b.mkv'), { signal: never(), countsFrames: true })).video?.frameCount).toBe(21);
  });

  it.each([90, 180, 270])('tells by which angle a player turns a film (tag %i)', async (tag) => {
    const parts = 'drawbox=x=0:y=0:w=32:h=24:c=red:t=fill,drawbox=x=32:y=0:w=32:h=24:c=lime:t=fill';
    const source = [
      '-f',
      'lavfi',
      '-i',
      'color=c=blue:s=64x48,format=rgb24',
      '-vf',
      parts,
      '-frames:v',
      '2',
      '-pix_fmt',
      'yuv444p',
    ];
    await run(tools.ffmpegPath, ['-v', 'error', '-y', ...source, path('c.mp4')]);
    await run(tools.ffmpegPath, [
      '-v',
      'error',
      '-y',
      '-i',
      path('c.mp4'),
      '-c',
      'copy',
      '-metadata:s:v:0',
      `rotate=${tag}`,
      path('turned.mp4'),
    ]);
    const rotation = (await probe(tools, path('turned.mp4'), { signal: never() })).video?.rotation ?? -1;
    // ffmpeg turns as a player does; the upper corners tell how. Versions differ in the sense of the tag, so it is not trusted here.
    const rgb = await run(tools.ffmpegPath, [
      '-v',
      'error',
      '-i',
      path('turned.mp4'),
      '-frames:v',
      '1',
      '-pix_fmt',
      'rgb24',
      '-f',
      'rawvideo',
      '-',
    ]);
    const width = rotation === 180 ? 64 : 48;
    const colourAt = (x: number) =>
      ['red', 'lime', 'blue'].find((_name, channel) => (rgb[(4 * width + x) * 3 + channel] ?? 0) > 128);
    const expected: Readonly<Record<number, string>> = { 90: 'blue red', 180: 'blue blue', 270: 'lime blue' };
    expect(`${colourAt(4)} ${colourAt(width - 5)}`).toBe(expected[rotation]);
  });

  it('takes an M4A or MP3 with cover art for sound, and a film with sound for a film', async () => {
    const cover = await makeImage(tools, { path: path('cover.jpg'), kind: 'jpeg' });
    const tone = await makeAudio(tools, { path: path('tone.m4a'), kind: 'm4a', seconds: 1 });
    const attach = ['-map', '0', '-map', '1', '-disposition:v', 'attached_pic', '-y'];
    await run(tools.ffmpegPath, [
      '-v',
      'error',
      '-i',
      tone,
      '-i',
      cover,
      ...attach,
      '-c',
      'copy',
      '-f',
      'ipod',
      path('cover.m4a'),
    ]);
    await run(tools.ffmpegPath, ['-v', 'error', '-i', tone, '-i', cover, ...attach, '-c:v', 'copy', path('cover.mp3')]);
    for (const file of ['cover.m4a', 'cover.mp3']) {
      const facts = await probe(tools, path(file), { signal: never() });
      expect(facts.hasCoverArt).toBe(true);
      expect(isAudioOnly(facts)).toBe(true);
    }
    const film = await makeFilm(tools, { path: path('d.mp4'), canvas, frameRate, frameCount: 30 });
    await run(tools.ffmpegPath, ['-v', 'error', '-i', film, '-i', tone, '-c', 'copy', path('sound.mp4')]);
    const facts = await probe(tools, path('sound.mp4'), { signal: never() });
    expect(facts.audio).toMatchObject({ codec: 'aac', sampleRate: 48000, channels: 1 });
    expect(isAudioOnly(facts)).toBe(false);
  });

  it('names a film without its index as broken, and leaves nothing running', async () => {
    const film = await makeFilm(tools, { path: path('e.mp4'), canvas, frameRate, frameCount: 90 });
    await run(tools.ffmpegPath, ['-v', 'error', '-i', film, '-c', 'copy', path('late-index.mp4')]);
    await truncate(path('late-index.mp4'), (await readFile(path('late-index.mp4'))).length - 400);
    expect(await rejection(probe(tools, path('late-index.mp4'), { signal: never() }))).toMatchObject({
      code: 'process_failed',
    });
  });

  it('never follows a playlist, whatever its name', async () => {
    await writeFile(path('list.mp3'), `#EXTM3U\n#EXTINF:1,\n${path('tone.m4a')}\n#EXT-X-ENDLIST\n`);
    expect(await rejection(probe(tools, path('list.mp3'), { signal: never() }))).toMatchObject({
      code: 'unsupported_media',
      permanent: true,
    });
  });

  it('does not follow a playlist even when told that it is an MP4', async () => {
    expect(await rejection(probe(tools, path('list.mp3'), { signal: never(), kind: 'mp4' }))).toMatchObject({
      code: 'process_failed',
    });
  });

  it('says what it could not read of an answer', () => {
    expect(() => parseProbeOutput('not json')).toThrow(expect.objectContaining({ code: 'probe_unreadable', permanent: true }));
    expect(() => parseProbeOutput('{"streams":[]}')).toThrow(expect.objectContaining({ code: 'probe_unreadable' }));
  });
});

describe('measureAudio', () => {
  it.each(['mp3', 'wav', 'm4a', 'vorbis', 'opus', 'flac', 'aac'] as const)('hears how long a sound is: %s', async (kind) => {
    const file = await makeAudio(tools, { path: path(`len.${kind}`), kind, seconds: 3.217 });
    const { seconds, isLonger } = await measureAudio(tools, file, { signal: never() });
    expect(isLonger).toBe(false);
    // A coder without sample-exact ends may add up to two frames of 1024 samples.
    expect(seconds).toBeGreaterThan(3.216);
    expect(seconds).toBeLessThan(3.217 + 2048 / 48000);
  });

  it('is not misled by an MP3 header that lies', async () => {
    const whole = await readFile(await makeAudio(tools, { path: path('lie.src'), kind: 'mp3', seconds: 10 }));
    // The Xing header still says ten seconds.
    await writeFile(path('lie.mp3'), whole.subarray(0, Math.floor(whole.length / 2)));
    const facts = await probe(tools, path('lie.mp3'), { signal: never() });
    const { seconds } = await measureAudio(tools, path('lie.mp3'), { signal: never() });
    expect(facts.durationSeconds).toBeGreaterThan(9);
    expect(seconds).toBeGreaterThan(4.5);
    expect(seconds).toBeLessThan(5.5);
  });

  it('stops at the longest length that anybody asked for', async () => {
    const file = await makeAudio(tools, { path: path('long.wav'), kind: 'wav', seconds: 5 });
    expect(await measureAudio(tools, file, { signal: never(), maxSeconds: 2 })).toEqual({ seconds: 2, isLonger: true });
    expect(await measureAudio(tools, file, { signal: never(), maxSeconds: 5 })).toEqual({ seconds: 5, isLonger: false });
  });

  it('names a sound without a sample', async () => {
    await writeFile(path('empty.wav'), (await readFile(path('len.wav'))).subarray(0, 78));
    expect(await rejection(measureAudio(tools, path('empty.wav'), { signal: never() }))).toMatchObject({
      permanent: true,
      code: 'audio_undecodable',
    });
  });
});
