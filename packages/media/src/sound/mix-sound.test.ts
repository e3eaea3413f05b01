import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { never, rejection, run, scaled, tools, useScratch } from '../../test/helpers.ts';
import { probe } from '../probe.ts';
import { sniffFile } from '../sniff.ts';
import { encodeMp3 } from './encode-sound.ts';
import { measureLoudness, readLoudness } from './loudness.ts';
import { buildMasterArgs, buildMixGraph, type PlacedTrack } from './mix-args.ts';
import { mixSound, type MixTrack } from './mix-sound.ts';

const path = useScratch();

/** A sound of a lavfi source, as a WAV. */
async function make(name: string, source: string, filters = 'anull'): Promise<string> {
  const file = path(`${name}.wav`);
  await run(tools.ffmpegPath, [
    '-v',
    'error',
    '-nostdin',
    '-y',
    '-f',
    'lavfi',
    '-i',
    source,
    '-af',
    filters,
    '-c:a',
    'pcm_s16le',
    file,
  ]);
  return file;
}

async function mix(tracks: readonly MixTrack[], seconds: number) {
  const output = path('mix.wav');
  const loudness = await mixSound(tools, { tracks, seconds, output, scratchDir: path('.'), signal: never() });
  const bytes = await readFile(output);
  return { loudness, output, frames: (bytes.length - bytes.indexOf('data') - 8) / 4 };
}

const track = (file: string, role: MixTrack['role'], more: Partial<MixTrack> = {}): MixTrack => ({
  ...{ path: file, role, startSeconds: 0, fadeInSeconds: 0.1, fadeOutSeconds: 0.1 },
  ...more,
});

/** dB of a band between two times. */
async function bandLevel(file: string, hertz: number, from: number, to: number): Promise<number> {
  const band = `bandpass=f=${hertz}:width_type=h:w=60,bandpass=f=${hertz}:width_type=h:w=60`;
  const filters = `atrim=${from}:${to},${band},astats=metadata=1:reset=0,ametadata=print:key=lavfi.astats.Overall.RMS_level:file=-`;
  const log = (
    await run(tools.ffmpegPath, ['-v', 'error', '-nostdin', '-i', file, '-af', filters, '-f', 'null', '-'])
  ).toString();
  return Number(log.trim().split('=').at(-1));
}

const placed: PlacedTrack = {
  ...{
    kind: 'wav',
    path: 'a',
    role: 'music',
    startSample: 0,
    sampleCount: 480,
    gainDb: -3,
    fadeInSamples: 48,
    fadeOutSamples: 96,
  },
};

describe('the command line', () => {
  it('is this graph for one track, literally', () => {
    expect(buildMixGraph([placed], 960)).toBe(
      '[0:a:0]asetpts=N/SR/TB,aresample=48000,aformat=sample_fmts=flt:channel_layouts=stereo,apad=whole_len=480,atrim=end_sample=480,' +
        'afade=t=in:ss=0:ns=48,afade=t=out:ss=384:ns=96,volume=-3.00dB:precision=float,apad=whole_len=960,atrim=end_sample=960[track0];' +
        '[track0]anull[music];[music]anull,apad=whole_len=960,atrim=end_sample=960[mix]',
    );
  });

  it('presses music by voice and effects, and effects by voice', () => {
    const graph = buildMixGraph([placed, { ...placed, role: 'voice', startSample: 7 }, { ...placed, role: 'effects' }], 960);
    expect(graph.slice(graph.indexOf('[track1]anull'))).toBe(
      '[track1]anull[voice];[track2]anull[effects];[track0]anull[music];[voice]asplit=3[voiceOut][voiceForeffects][voiceFormusic];' +
        '[effects]asplit=2[effectsOut][effectsFormusic];[voiceForeffects]anull[effectsKey];' +
        '[effectsOut][effectsKey]sidechaincompress=threshold=0.05:ratio=2.5:attack=30:release=400:knee=4[effectsDucked];' +
        '[voiceFormusic][effectsFormusic]amix=inputs=2:normalize=0:duration=longest[musicKey];' +
        '[music][musicKey]sidechaincompress=threshold=0.03:ratio=4:attack=40:release=700:knee=4[musicDucked];' +
        '[voiceOut][effectsDucked][musicDucked]amix=inputs=3:normalize=0:duration=longest,apad=whole_len=960,atrim=end_sample=960[mix]',
    );
    expect(graph).toContain('adelay=7S:all=1');
  });

  it('limits at four times the rate', () => {
    const args = buildMasterArgs({ input: 'in', gainDb: 4, ceilingDb: -2, sampleCount: 10, output: 'out' });
    expect(args[args.indexOf('-af') + 1]).toBe(
      'volume=4.00dB:precision=float,aresample=192000,alimiter=limit=0.794328:attack=5:release=60:level=disabled:latency=1,' +
        'aresample=48000,apad=whole_len=10,atrim=end_sample=10',
    );
  });
});

// Beds, bursts, peaks that a limiter must hold, sounds shorter and longer than the mix.
const sources = [
  'sine=f=220:d=7',
  'anoisesrc=d=5:a=0.02:color=pink:seed=3',
  "aevalsrc='if(lt(mod(t,1),0.02),1,0.01)*sin(2*PI*900*t)':d=6",
  'anoisesrc=d=3:a=0.9:seed=1',
  "aevalsrc='0.3*sin(2*PI*(200+300*t)*t)':d=9",
  'sine=f=90:d=4',
];
const combinations = Array.from({ length: scaled(60) }, (_, index) => ({
  seconds: 5 + ((index * 13) % 40) / 16,
  picks: [index, index + 1 + (index % 4), index + 3].map((pick) => pick % sources.length).slice(0, 1 + (index % 3)),
}));

describe('a mix', () => {
  it.each(combinations)(
    'of %j is exactly as long as asked, at -16 LUFS, its true peak under -1 dB',
    async ({ seconds, picks }) => {
      const roles = ['music', 'voice', 'effects'] as const;
      const tracks: MixTrack[] = [];
      for (const [at, pick] of picks.entries())
        tracks.push(track(await make(`source-${pick}`, sources[pick] ?? ''), roles[at] ?? 'music', { startSeconds: at * 0.4 }));
      const { loudness, frames, output } = await mix(tracks, seconds);
      expect(frames).toBe(Math.round(seconds * 48_000));
      expect(loudness).toEqual(await measureLoudness(tools, output, { signal: never() }));
      expect(Math.abs(loudness.integrated + 16)).toBeLessThan(0.6);
      expect(loudness.truePeak).toBeLessThan(-1);
    },
  );

  it('presses the music while somebody speaks and lets it come back', async () => {
    const music = await make('music', 'sine=f=440:d=9');
    const voice = await make('voice', "aevalsrc='0.4*sin(2*PI*1500*t)*gt(sin(2*PI*4*t),-0.3)':d=3");
    const { output } = await mix([track(music, 'music'), track(voice, 'voice', { startSeconds: 3 })], 9);
    const [before, during, after] = [
      await bandLevel(output, 440, 1, 2.8),
      await bandLevel(output, 440, 3.6, 5.8),
      await bandLevel(output, 440, 7.8, 8.8),
    ];
    expect(before - during).toBeGreaterThan(4);
    expect(Math.abs(before - after)).toBeLessThan(1);
  });

  it('begins and ends in silence where it is faded, without a step', async () => {
    const tone = await make('tone', 'sine=f=440:d=6');
    const { output } = await mix([track(tone, 'music', { fadeInSeconds: 1, fadeOutSeconds: 2 })], 6);
    const level = (from: number, to: number) => bandLevel(output, 440, from, to);
    expect((await level(2, 3)) - (await level(0, 0.2))).toBeGreaterThan(10);
    expect((await level(2, 3)) - (await level(5.7, 6))).toBeGreaterThan(10);
  });

  it('leaves a quiet room quiet and takes silence', async () => {
    const room = await make('room', 'anoisesrc=d=3:a=0.001:color=brown:seed=1');
    expect((await mix([track(room, 'effects')], 3)).loudness.integrated).toBeLessThan(-45);
    const silence = await make('silence', 'anullsrc=d=3');
    expect((await mix([track(silence, 'music')], 3)).loudness).toEqual({ integrated: -70, truePeak: Number.NEGATIVE_INFINITY });
  });

  it('stops when told and leaves nothing behind', async () => {
    const tone = await make('tone', 'sine=f=440:d=6');
    const output = path('stopped.wav');
    const options = { tracks: [track(tone, 'music')], seconds: 6, output, scratchDir: path('.'), signal: AbortSignal.abort() };
    expect(await rejection(mixSound(tools, options))).toMatchObject({ code: 'aborted' });
    await expect(readFile(output)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

it('reads the loudness of silence as silence', () => {
  const log = 'x\n Summary:\n\n  Integrated loudness:\n    I:         -70.0 LUFS\n  True peak:\n    Peak:       -inf dBFS\n';
  expect(readLoudness(log)).toEqual({ integrated: -70, truePeak: Number.NEGATIVE_INFINITY });
  expect(() => readLoudness('nothing')).toThrow('loudness_unmeasured');
});

it('encodes MP3 of the same length', async () => {
  const output = path('tone.mp3');
  await encodeMp3(tools, { input: await make('tone', 'sine=f=440:d=2'), output, signal: never() });
  expect((await sniffFile(output)).kind).toBe('mp3');
  expect((await probe(tools, output, { signal: never() })).durationSeconds).toBeCloseTo(2, 1);
});
