import { access, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os';
import path from 'node:path';
import { type MediaTools, runProcess } from '@polyreel/media';
import type { BenchRow } from './bench-row.ts';
import { median } from './load.ts';
import { type BenchFilm, benchFilms } from './timeline/films.ts';
import { compare, renderOurs, runCommand } from './timeline/measure.ts';
import { makeBenchMedia } from './timeline/media.ts';
import { makeBenchStills } from './timeline/stills.ts';

interface FilmResult {
  readonly film: BenchFilm;
  readonly route: string;
  readonly oursSeconds: number;
  readonly referenceSeconds: number;
  readonly ratio: number;
  readonly likeness: number;
  /** Seconds of MoviePy, where it was measured. */
  readonly moviepySeconds: number | null;
}

const here = import.meta.dirname;
const wantedFilms = process.env.BENCH_FILMS?.split(',');
const runs = Number(process.env.BENCH_RUNS ?? '5');
/** Kept between runs: making the inputs takes minutes. */
const mediaFolder = process.env.BENCH_MEDIA ?? path.join(tmpdir(), 'polyreel-bench-media');
/** A Python that has MoviePy; unset: it is not compared. */
const moviepyPython = process.env.MOVIEPY_PYTHON;

/**
 * Twelve films, each against a command of ffmpeg alone and, where there is a script for it, against MoviePy. Both run in turns on the
 * same machine; what counts is the ratio of the medians. `BENCH_FILMS=01,05`, `BENCH_RUNS=3` make it shorter.
 */
export async function benchTimeline(): Promise<BenchRow[]> {
  const tools: MediaTools = {
    ffmpegPath: process.env.FFMPEG_PATH ?? 'ffmpeg',
    ffprobePath: process.env.FFPROBE_PATH ?? 'ffprobe',
  };
  console.error(`inputs in ${mediaFolder} ...`);
  await makeBenchMedia(tools.ffmpegPath, mediaFolder);
  await makeBenchStills(tools, mediaFolder);
  const results: FilmResult[] = [];
  for (const film of benchFilms) {
    if (wantedFilms !== undefined && !wantedFilms.includes(film.number)) continue;
    const result = await measureFilm(tools, film);
    console.error(formatResult(result));
    results.push(result);
  }
  if (results.length === benchFilms.length) await writeResults(tools, results);
  return results.map(({ film, oursSeconds, referenceSeconds, ratio }) => ({
    ...{ name: `film ${film.number}, ${film.title}`, value: oursSeconds, unit: 's', reference: `reference/${film.number}.sh` },
    ...{ referenceValue: referenceSeconds, ratio, goal: '<= 1.15 on nine, <= 1.3 on all' },
  }));
}

async function measureFilm(tools: MediaTools, film: BenchFilm): Promise<FilmResult> {
  const options = { tools, media: mediaFolder };
  const command = ['sh', path.join(here, 'reference', `${film.number}.sh`)] as const;
  // Once each before it counts: files come into the cache of the disk, and what they made is compared.
  const [ours, reference] = [await renderOurs(tools, film, mediaFolder), await runCommand(command, film, options)];
  const likeness = await compare(tools, film, ours.path, reference.path);
  const { route } = ours;
  await Promise.all([ours.drop(), reference.drop()]);
  const times: { ours: number[]; reference: number[] } = { ours: [], reference: [] };
  for (let run = 0; run < runs; run += 1) {
    const one = await renderOurs(tools, film, mediaFolder);
    const other = await runCommand(command, film, options);
    times.ours.push(one.seconds);
    times.reference.push(other.seconds);
    await Promise.all([one.drop(), other.drop()]);
  }
  const [oursSeconds, referenceSeconds] = [median(times.ours), median(times.reference)];
  const moviepySeconds = await measureMoviepy(film, options);
  return { film, route, oursSeconds, referenceSeconds, ratio: oursSeconds / referenceSeconds, likeness, moviepySeconds };
}

async function measureMoviepy(film: BenchFilm, options: { tools: MediaTools; media: string }): Promise<number | null> {
  const script = path.join(here, 'reference', 'moviepy', `${film.number}.py`);
  const isThere = await access(script).then(
    () => true,
    () => false,
  );
  if (moviepyPython === undefined || !isThere) return null;
  const made = await runCommand([moviepyPython, script], film, options);
  await made.drop();
  return made.seconds;
}

const formatResult = ({ film, route, oursSeconds, referenceSeconds, ratio, likeness, moviepySeconds }: FilmResult): string =>
  `| ${[
    ...[
      film.number,
      film.title,
      route,
      oursSeconds.toFixed(2),
      referenceSeconds.toFixed(2),
      ratio.toFixed(2),
      likeness.toFixed(4),
    ],
    moviepySeconds === null ? '' : `${moviepySeconds.toFixed(1)} (${(moviepySeconds / oursSeconds).toFixed(1)}x)`,
  ].join(' | ')} |`;

const heading = '## Timelines against hand-written commands';

/** The section of this bench; those of others stay. */
async function writeResults(tools: MediaTools, results: readonly FilmResult[]): Promise<void> {
  const file = path.join(here, 'RESULTS.md');
  const known = await readFile(file, 'utf8').catch(() => '# Results\n');
  const others = known
    .split(/^(?=## )/m)
    .filter((section) => !section.startsWith(heading))
    .join('')
    .trimEnd();
  const { stdout } = await runProcess({
    ...{ command: tools.ffmpegPath, args: ['-version'], signal: new AbortController().signal, timeoutMs: 10_000 },
  });
  const machine = [
    `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    ...[
      process.platform,
      `Node ${process.version}`,
      stdout
        .toString()
        .split('\n')[0]
        ?.replace(/ Copyright.*/, '') ?? '',
    ],
  ].join('; ');
  const within = (limit: number): number => results.filter(({ ratio }) => ratio <= limit).length;
  const text = `${others}

${heading}

\`npm run bench -- timeline\`, ${new Date().toISOString().slice(0, 10)}. ${machine}. Wall seconds, median of ${runs} runs in turns with the
reference; likeness is SSIM (of the sound alone: correlation). The commands are in \`bench/reference/\`.
At most 1.15: ${within(1.15)} of ${results.length}; at most 1.3: ${within(1.3)}.

| film | what | way | ours | reference | ratio | likeness | MoviePy |
| ---- | ---- | --- | ---- | --------- | ----- | -------- | ------- |
${results.map(formatResult).join('\n')}

editly cannot be compared: it does not install where only npm can be reached, for its packages canvas 2.11.2 and gl fetch programs from elsewhere.
`;
  await writeFile(file, `${text.trimStart()}`);
}
