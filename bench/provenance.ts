import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { openDatabase } from '@polyreel/db';
import { runProcess } from '@polyreel/media';
import { mirror, openIndependentReader } from '@polyreel/media/trials';
import { startTestPostgres } from '@polyreel/testkit/postgres';
import { scaled } from '@polyreel/testkit/scale';
import type { BenchOptions, BenchRow } from './bench-row.ts';
import { closeRunner, media, signal } from './provenance/make-film.ts';
import { type ProvenanceNumbers, provenanceMarkdown, provenanceNumbers } from './provenance/page.ts';
import { openRecords, type Records } from './provenance/records.ts';
import { restoreFilms, signFilm, type TrialTools, tryClip, tryFilm } from './provenance/try-film.ts';

const clipsPerFilm = 10;

/**
 * Writes `bench/PROVENANCE.md`. `TEST_SCALE=1` for the numbers of the requirement: hours of two cores, so each film and clip is kept in
 * `bench/results/provenance.jsonl` once it is done, and a further run goes on from there. `--minutes`: nothing is begun after them.
 */
export async function benchProvenance({ minutes }: BenchOptions): Promise<BenchRow[]> {
  const endsAt = minutes === null ? Number.POSITIVE_INFINITY : performance.now() + minutes * 60_000;
  const records = await openRecords();
  const folder = await mkdtemp(path.join(tmpdir(), 'polyreel-provenance-'));
  const server = await startTestPostgres();
  const place = await server.createDatabase();
  const database = await openDatabase({ url: place.url, poolSize: 4, onError: (error) => console.error(error) });
  try {
    const tools = { records, provenance: database.provenance, reader: await openIndependentReader() };
    await restoreFilms(tools);
    await runAll(todo(tools), { folder, endsAt });
    // Last, and only where all else is done: nobody else may want the cores meanwhile.
    if (performance.now() < endsAt) await trySpeeds(folder, records);
    const numbers = provenanceNumbers(records);
    await writeFile(path.join(import.meta.dirname, 'PROVENANCE.md'), provenanceMarkdown(numbers));
    return rowsOf(numbers);
  } finally {
    await closeRunner();
    await database.close();
    await place.drop();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

type Task = (folder: string) => Promise<void>;

/** What is not yet recorded, a film and its share of clips in turn, so that each part has some of both. */
function todo(tools: TrialTools): Task[] {
  const { records, reader } = tools;
  const known = {
    film: new Set(records.of('film').map(({ index }) => index)),
    signature: new Set(records.of('signature').map(({ index }) => index)),
    clip: new Set(records.of('clip').map(({ index }) => index)),
  };
  const clips = scaled(1000);
  return Array.from({ length: scaled(100) }, (_, index) => index).flatMap((index) => [
    ...(known.film.has(index) && (reader === null || known.signature.has(index))
      ? []
      : [(folder: string) => tryFilm(tools, folder, index)]),
    ...Array.from({ length: clipsPerFilm }, (_, place) => index * clipsPerFilm + place)
      .filter((clip) => clip < clips && !known.clip.has(clip))
      .map((clip) => (folder: string) => tryClip(tools, folder, clip)),
  ]);
}

/**
 * As many at once as there are cores, at most four: each is partly ffmpeg and partly this process. One that fails costs itself alone, and
 * the next part tries it again.
 */
async function runAll(tasks: readonly Task[], { folder, endsAt }: { folder: string; endsAt: number }): Promise<void> {
  let next = 0;
  const run = async (): Promise<void> => {
    for (let task = tasks[next]; task !== undefined && performance.now() < endsAt; task = tasks[next]) {
      next += 1;
      const own = await mkdtemp(path.join(folder, 'task-'));
      await task(own).catch((error: unknown) => console.error(error));
      await rm(own, { recursive: true });
      if (next % 20 === 0) console.error(`${next} of ${tasks.length} begun`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, run));
}

/** Films of noise at 1 MB a second. Each run adds its tries; the least of all counts: what it costs where nobody else wants the cores. */
async function trySpeeds(folder: string, records: Records): Promise<void> {
  const film = path.join(folder, 'large.mp4');
  for (const seconds of [1, 5, 10, 25, 50]) {
    const source = `testsrc2=size=640x360:rate=16:duration=${seconds},noise=alls=60:allf=t`;
    const rate = ['-b:v', '8M', '-minrate', '8M', '-maxrate', '8M', '-bufsize', '4M'];
    const coder = ['-c:v', 'libx264', '-preset', 'ultrafast', ...rate, '-pix_fmt', 'yuv420p', '-movflags', '+faststart'];
    const args = ['-v', 'error', '-nostdin', '-y', '-f', 'lavfi', '-i', source, ...coder, film];
    await runProcess({ command: media.ffmpegPath, args, signal, timeoutMs: 600_000 });
    const megabytes = (await stat(film)).size / 1e6;
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const { milliseconds, startMilliseconds } = await signFilm(film, path.join(folder, 'large-signed.mp4'));
      records.add('speed', { megabytes, milliseconds, startMilliseconds });
    }
  }
}

const rowsOf = (numbers: ProvenanceNumbers): BenchRow[] => [
  ...numbers.attacks.flatMap(({ name, tried, marks, fingerprints }) => [
    { name: `hidden mark read after ${name}`, value: marks, unit: `of ${tried}`, goal: name === mirror.name ? 'none' : '99 %' },
    { name: `fingerprint found after ${name}`, value: fingerprints, unit: `of ${tried}`, goal: '99 %' },
  ]),
  { name: 'false ids', value: numbers.falseIds, unit: `of ${numbers.unmarked}`, goal: '0' },
  { name: 'false matches', value: numbers.falsePairs, unit: `of ${numbers.pairs}`, goal: '0' },
  { name: 'least PSNR', value: numbers.psnrMin, unit: 'dB', goal: '42' },
  { name: 'manifests valid', value: numbers.valid, unit: `of ${numbers.signed}`, goal: 'all' },
  { name: 'changed bytes caught', value: numbers.caught, unit: `of ${numbers.signed}`, goal: 'all' },
  ...numbers.speeds.map(({ megabytes, perTenMegabytes }) => ({
    name: `signing ${megabytes.toFixed(0)} MB`,
    value: perTenMegabytes,
    unit: 'ms per 10 MB, at least one',
    goal: '100',
  })),
];
