import { type FrameRate, framesForSeconds } from '@polyreel/core';
import { describe, expect, it } from 'vitest';
import { never, rejection, run, tools, useScratch } from '../test/helpers.ts';
import { makeAudio, makeFilm } from './fixtures.ts';
import { measureAudio } from './measure-audio.ts';
import { buildMuxAudioArgs, muxAudio } from './mux-audio.ts';
import { probe } from './probe.ts';

const path = useScratch();
const canvas = { width: 64, height: 48 };
const rate: FrameRate = { numerator: 25, denominator: 1 };
const film = (frameCount: number, frameRate = rate) =>
  makeFilm(tools, { path: path('silent.mp4'), canvas, frameRate, frameCount });

it('is this command line, literally', () => {
  const args = buildMuxAudioArgs({
    video: 'v',
    audio: 'a',
    kind: 'mp3',
    channels: 1,
    frameCount: 81,
    isCut: true,
    frameRate: { numerator: 16, denominator: 1 },
    output: 'out',
  });
  expect(args.join(' ')).toBe(
    '-t 5.031250 -protocol_whitelist file,pipe -format_whitelist mov,mp4,m4a,3gp,3g2,mj2 -f mov -max_streams 32 -max_pixels 50000000 -threads 1 -i v ' +
      '-protocol_whitelist file,pipe -format_whitelist mp3 -f mp3 -max_streams 32 -max_pixels 50000000 -threads 1 -i a ' +
      '-map 0:v:0 -map 1:a:0 -sn -dn -c:v copy ' +
      '-af asetpts=N/SR/TB,aresample=48000,apad=whole_len=243000,atrim=end_sample=243000 -c:a aac -ar 48000 -ac 1 -b:a 128k -flags:a +bitexact ' +
      '-movflags +faststart -video_track_timescale 10000 -movie_timescale 10000 -map_metadata -1 -map_chapters -1 -fflags +bitexact -f mp4 out',
  );
});

describe('muxAudio', () => {
  it.each([
    ['mp3', 3.217, rate],
    ['wav', 2.5, { numerator: 16, denominator: 1 }],
    ['m4a', 4.019, { numerator: 30000, denominator: 1001 }],
    ['vorbis', 1.999, { numerator: 24, denominator: 1 }],
    ['opus', 0.31, rate],
    ['flac', 0.01, rate],
  ] as const)(
    'makes a film with sound from %s of %f s, both tracks as long as the sound within one frame',
    async (kind, seconds, frameRate) => {
      const audio = await makeAudio(tools, { path: path('sound'), kind, seconds, sampleRate: 48000 });
      const measured = (await measureAudio(tools, audio, { signal: never() })).seconds;
      const frameCount = framesForSeconds(measured, frameRate);
      await film(frameCount, frameRate);
      const made = await muxAudio(tools, {
        video: path('silent.mp4'),
        audio,
        frameRate,
        output: path('film.mp4'),
        signal: never(),
      });
      expect(made).toEqual({ frameCount });
      const facts = await probe(tools, path('film.mp4'), { signal: never() });
      const frameSeconds = frameRate.denominator / frameRate.numerator;
      expect(facts.video).toMatchObject({ frameCount, frameRate });
      expect(facts.audio).toMatchObject({ codec: 'aac', sampleRate: 48000, channels: 1 });
      expect(Math.abs((facts.durationSeconds ?? 0) - measured)).toBeLessThanOrEqual(frameSeconds);
      expect(Math.abs((facts.audio?.durationSeconds ?? 0) - frameCount * frameSeconds)).toBeLessThan(0.001);
    },
  );

  it('cuts a film that is longer and holds the last frame of one that is shorter', async () => {
    const audio = await makeAudio(tools, { path: path('two.wav'), kind: 'wav', seconds: 2 });
    for (const frameCount of [70, 30]) {
      await film(frameCount);
      const made = await muxAudio(tools, {
        video: path('silent.mp4'),
        audio,
        audioSeconds: 2,
        frameRate: rate,
        output: path('film.mp4'),
        signal: never(),
      });
      expect(made).toEqual({ frameCount: 50 });
      const facts = await probe(tools, path('film.mp4'), { signal: never(), countsFrames: true });
      expect(facts.video?.frameCount).toBe(50);
      expect(facts.durationSeconds).toBeCloseTo(2, 2);
    }
    const raw = await run(tools.ffmpegPath, ['-v', 'error', '-i', path('film.mp4'), '-pix_fmt', 'gray', '-f', 'rawvideo', '-']);
    const frame = (index: number) => raw.subarray(index * 64 * 48, (index + 1) * 64 * 48);
    const difference = (a: number, b: number) =>
      frame(a).reduce((sum, value, at) => sum + Math.abs(value - (frame(b)[at] ?? 0)), 0) / (64 * 48);
    expect(difference(29, 49)).toBeLessThan(1);
    expect(difference(0, 29)).toBeGreaterThan(2);
  });

  it('keeps loudness and timing: the sound starts with the film and is as loud as before', async () => {
    const source = 'sine=frequency=440:sample_rate=44100,volume=0.5';
    const audio = await makeAudio(tools, { path: path('tone.mp3'), kind: 'mp3', seconds: 2, sampleRate: 44100, source });
    await film(50);
    await muxAudio(tools, { video: path('silent.mp4'), audio, frameRate: rate, output: path('film.mp4'), signal: never() });
    const pcm = async (file: string) => {
      const raw = await run(tools.ffmpegPath, [
        '-v',
        'error',
        '-i',
        file,
        '-map',
        '0:a',
        '-ar',
        '48000',
        '-ac',
        '1',
        '-f',
        's16le',
        '-',
      ]);
      return new Int16Array(raw.buffer, raw.byteOffset, Math.floor(raw.length / 2));
    };
    const [before, after] = [await pcm(audio), await pcm(path('film.mp4'))];
    const rms = (samples: Int16Array) =>
      Math.sqrt(samples.subarray(4800, 90_000).reduce((sum, value) => sum + value * value, 0) / 85_200);
    expect(Math.abs(20 * Math.log10(rms(after) / rms(before)))).toBeLessThan(0.5);
    const start = (samples: Int16Array) => samples.findIndex((value) => Math.abs(value) > 300);
    expect(Math.abs(start(after) - start(before))).toBeLessThan(48_000 / 25);
  });

  it('keeps stereo and mixes surround to stereo', async () => {
    for (const [channels, expected] of [
      [2, 2],
      [6, 2],
    ] as const) {
      const audio = await makeAudio(tools, { path: path('many.wav'), kind: 'wav', seconds: 1, channels });
      await film(25);
      await muxAudio(tools, { video: path('silent.mp4'), audio, frameRate: rate, output: path('film.mp4'), signal: never() });
      expect((await probe(tools, path('film.mp4'), { signal: never() })).audio?.channels).toBe(expected);
    }
  });

  it('names a sound that is none', async () => {
    await film(25);
    const work = muxAudio(tools, {
      video: path('silent.mp4'),
      audio: path('silent.mp4'),
      frameRate: rate,
      output: path('x.mp4'),
      signal: never(),
    });
    expect(await rejection(work)).toMatchObject({ code: 'mux_input', permanent: true });
  });
});
