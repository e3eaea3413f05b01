import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type MediaTools, runProcess } from '@polyreel/media';
import { renderTimeline, validateTimeline } from '@polyreel/media/timeline';
import { captionSeconds, type BenchFilm } from './films.ts';

export interface Measured {
  readonly seconds: number;
  /** The file, until `drop`. */
  readonly path: string;
  drop(): Promise<void>;
}

const never = (): AbortSignal => new AbortController().signal;

const timed = async (work: (folder: string) => Promise<string>): Promise<Measured> => {
  const folder = await mkdtemp(join(tmpdir(), 'polyreel-bench-'));
  const startedAt = performance.now();
  const path = await work(folder);
  const seconds = (performance.now() - startedAt) / 1000;
  return { seconds, path, drop: () => rm(folder, { recursive: true, force: true }) };
};

/** As a worker renders it that has its sources in its cache: checked, drawn, encoded. */
export const renderOurs = (tools: MediaTools, film: BenchFilm, media: string): Promise<Measured & { route: string }> => {
  let route = '';
  return timed(async (outputDir) => {
    const { document, errors } = validateTimeline(film.edit);
    if (document === null) throw new Error(`film ${film.number}: ${JSON.stringify(errors)}`);
    const result = await renderTimeline(tools, {
      ...{ document, outputDir, signal: never() },
      resolveSource: async ({ origin }) => {
        if (origin.type !== 'address') throw new Error('a bench film generates nothing');
        const path = join(media, new URL(origin.src).pathname.slice(1));
        return { path, identity: path };
      },
    });
    route = result.route;
    return result.files[0]?.path ?? '';
  }).then((measured) => ({ ...measured, route }));
};

/** A command of another program that writes one file; `OUT`, `IN` and `FFMPEG` are told by the environment. */
export const runCommand = (
  command: readonly [string, ...string[]],
  film: BenchFilm,
  options: { tools: MediaTools; media: string },
) =>
  timed(async (folder) => {
    const path = join(folder, `film.${film.ending}`);
    const [program, ...args] = command;
    await new Promise<void>((resolve, reject) => {
      const child = spawn(program, args, {
        env: {
          ...{ PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', IN: options.media, OUT: path },
          ...{ FFMPEG: options.tools.ffmpegPath, SECONDS_: captionSeconds.toFixed(3) },
        },
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      child.once('error', reject);
      child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${command.join(' ')} ended with ${code}`))));
    });
    return path;
  });

/** Mean structural similarity of two films, frame by frame; of two sounds, the correlation of their samples. */
export const compare = async (tools: MediaTools, film: BenchFilm, one: string, other: string): Promise<number> => {
  // By their count: containers round times in their own ways.
  const read = '[0:v]settb=1/1000,setpts=N[a];[1:v]settb=1/1000,setpts=N[b];[a][b]ssim=stats_file=-';
  if (film.ending === 'mp3') return correlation(tools, one, other);
  const { stdout } = await runProcess({
    ...{ command: tools.ffmpegPath, signal: never(), timeoutMs: 600_000 },
    args: ['-hide_banner', '-loglevel', 'error', '-nostdin', '-i', one, '-i', other, '-filter_complex', read, '-f', 'null', '-'],
  });
  const values = [...stdout.toString().matchAll(/All:([\d.]+)/g)].map(([, value]) => Number(value));
  if (values.length === 0) throw new Error(`film ${film.number}: nothing to compare`);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
};

const samplesOf = async (tools: MediaTools, path: string): Promise<Float32Array> => {
  const { stdout } = await runProcess({
    ...{ command: tools.ffmpegPath, signal: never(), timeoutMs: 600_000, maxOutputBytes: 512 * 1024 * 1024 },
    args: ['-hide_banner', '-loglevel', 'error', '-nostdin', '-i', path, '-ac', '1', '-ar', '16000', '-f', 'f32le', '-'],
  });
  return new Float32Array(
    stdout.buffer.slice(stdout.byteOffset, stdout.byteOffset + stdout.byteLength - (stdout.byteLength % 4)),
  );
};

const correlation = async (tools: MediaTools, one: string, other: string): Promise<number> => {
  const [a, b] = await Promise.all([samplesOf(tools, one), samplesOf(tools, other)]);
  let [ab, aa, bb] = [0, 0, 0];
  for (let at = 0; at < Math.min(a.length, b.length); at += 1) {
    const [x, y] = [a[at] ?? 0, b[at] ?? 0];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / Math.sqrt(aa * bb);
};
