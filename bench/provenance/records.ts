import { createHash } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

const hash = z.base64();
const attackSchema = z.object({
  name: z.string(),
  hasMark: z.boolean(),
  hasFingerprint: z.boolean(),
  /** Null: not asked. */
  isMpeg7: z.boolean().nullable(),
});
const recordSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('film'),
    code: z.string(),
    index: z.int(),
    source: z.enum(['cpu', 'filmed']),
    width: z.int(),
    psnrMin: z.number(),
    attacks: z.array(attackSchema),
    frames: z.array(z.object({ position: z.int(), whole: hash, mirrored: hash, centre: hash })),
    /** Other films that the whole one was taken for, of so many. */
    falseMatches: z.int(),
    comparedFilms: z.int(),
  }),
  z.object({
    kind: z.literal('signature'),
    code: z.string(),
    index: z.int(),
    isValid: z.boolean(),
    isChangeCaught: z.boolean(),
    box: z.enum(['moov', 'mdat']),
  }),
  z.object({
    kind: z.literal('clip'),
    code: z.string(),
    index: z.int(),
    hasId: z.boolean(),
    falseMatches: z.int(),
    comparedFilms: z.int(),
  }),
  z.object({
    kind: z.literal('speed'),
    code: z.string(),
    megabytes: z.number(),
    milliseconds: z.number(),
    startMilliseconds: z.number(),
  }),
]);
export type BenchRecord = z.infer<typeof recordSchema>;
export type BenchRecordOf<Kind extends BenchRecord['kind']> = Extract<BenchRecord, { kind: Kind }>;

const root = path.resolve(import.meta.dirname, '../..');
const media = 'packages/media/src';
const marking = [
  ...['watermark/invisible', 'watermark/mark-film.ts', 'watermark/raw-frames.ts', 'fingerprint', 'trials/attacks.ts'].map(
    (name) => path.join(media, name),
  ),
  'packages/core/src/provenance',
  'packages/db/src/provenance/provenance-store.ts',
];
/** What a record depends on: other code, another result. */
const sources = {
  film: marking,
  clip: marking,
  signature: [`${media}/provenance`, `${media}/trials/boxes.ts`, `${media}/trials/independent-reader.ts`],
  speed: [`${media}/provenance`],
} as const satisfies Record<BenchRecord['kind'], readonly string[]>;

/** What was measured so far, one line a record, so that a bench of hours may be done in parts and die at any moment. */
export interface Records {
  readonly all: readonly BenchRecord[];
  of<Kind extends BenchRecord['kind']>(kind: Kind): BenchRecordOf<Kind>[];
  add<Kind extends BenchRecord['kind']>(kind: Kind, record: Omit<BenchRecordOf<Kind>, 'kind' | 'code'>): void;
}

const file = path.join(root, 'bench/results/provenance.jsonl');

/** Records made by other code than today's are left out, and how many is said. */
export async function openRecords(): Promise<Records> {
  await mkdir(path.dirname(file), { recursive: true });
  const code = {
    film: await hashOf(sources.film),
    clip: await hashOf(sources.clip),
    signature: await hashOf(sources.signature),
    speed: await hashOf(sources.speed),
  };
  const text = await readFile(file, 'utf8').catch(() => '');
  // A process that died while it wrote leaves half a line; the next record must not be glued to it.
  if (text !== '' && !text.endsWith('\n')) appendFileSync(file, '\n');
  const read = text.split('\n').flatMap(readLine);
  const all = read.filter((record) => record.code === code[record.kind]);
  if (all.length < read.length) console.error(`${read.length - all.length} records were made by other code and do not count`);
  return {
    all,
    of: (kind) => all.filter((record) => isOf(record, kind)),
    add(kind, fields) {
      const record = recordSchema.parse({ ...fields, kind, code: code[kind] });
      appendFileSync(file, `${JSON.stringify(record)}\n`);
      all.push(record);
    },
  };
}

const isOf = <Kind extends BenchRecord['kind']>(record: BenchRecord, kind: Kind): record is BenchRecordOf<Kind> =>
  record.kind === kind;

function readLine(line: string): BenchRecord[] {
  try {
    const parsed = recordSchema.safeParse(JSON.parse(line));
    return parsed.success ? [parsed.data] : [];
  } catch {
    return [];
  }
}

async function hashOf(names: readonly string[]): Promise<string> {
  const digest = createHash('sha256');
  for (const name of names) for (const one of await filesOf(path.join(root, name))) digest.update(await readFile(one));
  return digest.digest('hex').slice(0, 16);
}

async function filesOf(place: string): Promise<string[]> {
  if (place.endsWith('.ts')) return [place];
  const names = await readdir(place, { recursive: true });
  const files = names.filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  return files.toSorted().map((name) => path.join(place, name));
}
