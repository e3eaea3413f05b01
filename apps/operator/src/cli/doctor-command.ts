import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { checkFfmpeg, runProcess } from '@polyreel/media';
import { createWakeups } from '@polyreel/queue';
import { readMarker } from '@polyreel/storage';
import pg from 'pg';
import { readAppliedMigrations } from '../backup/database-load.ts';
import { openObjects } from '../backup/open-objects.ts';
import { listMigrations } from '../run/migrate.ts';
import { takeWords } from './arguments.ts';
import type { Command, CommandContext, OperatorConfig } from './command.ts';
import { examineFeatures } from './doctor-features.ts';
import { renderTable } from './table.ts';
import { withDatabaseUrl } from './with-database.ts';

const waitMs = 15_000;
const pinnedMajor = 24;

type Finding = readonly [part: string, state: 'ok' | 'bad', what: string];

export const doctor: Command = {
  words: 'doctor',
  usage: '',
  summary: 'looks at everything the server needs; ends with code 1 when something is bad',
  flags: [],
  async run(context) {
    takeWords(context.args, []);
    const { config } = context;
    const findings: Finding[] = [
      await find('node', async () => checkNode()),
      await find('ffmpeg', () => readVersion(config.ffmpegPath)),
      await find('ffprobe', () => readVersion(config.ffprobePath)),
      await find('speech', () => checkSpeech(config)),
      ...(await examineDatabase(context)),
      await find('storage', () => checkStorage(config)),
      await find('disk', () => checkDisk(config)),
      await find('runner', () => checkRunner(config)),
    ];
    context.stdout.write(renderTable(['part', 'state', ''], findings));
    const features = await examineFeatures(config);
    if (features.length > 0) {
      context.stdout.write(`\n${renderTable(['surface', 'feature', 'state', ''], features)}`);
      if (features.some(([, , state]) => state === 'missing'))
        context.stdout.write('\nFiles are fetched by: npm run polyreel -- models pull\n');
    }
    return findings.some(([, state]) => state === 'bad') ? 1 : 0;
  },
};

async function find(part: string, look: () => Promise<string>): Promise<Finding> {
  try {
    return [part, 'ok', await look()];
  } catch (error) {
    return [part, 'bad', (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''];
  }
}

function checkNode(): string {
  if (Number(process.versions.node.split('.')[0]) !== pinnedMajor)
    throw new Error(`runs on ${process.versions.node}, made for ${pinnedMajor}`);
  return process.versions.node;
}

const readVersion = async (program: string): Promise<string> => `${await checkFfmpeg(program)} (${program})`;

async function checkSpeech({ tts, flitePath, espeakPath }: OperatorConfig): Promise<string> {
  if (tts) return `the endpoint at ${tts.baseUrl}`;
  const signal = AbortSignal.timeout(waitMs);
  for (const [command, flag] of [
    [flitePath, '-lv'],
    [espeakPath, '--version'],
  ] as const)
    await runProcess({ command, args: [flag], signal, timeoutMs: waitMs }).catch((cause: unknown) => {
      throw new Error(`${command} does not run: install it, or set TTS_BASE_URL`, { cause });
    });
  return `${flitePath}, ${espeakPath}`;
}

async function examineDatabase(context: CommandContext): Promise<Finding[]> {
  try {
    return await withDatabaseUrl(context, async (databaseUrl) => [
      await find('database', () => checkDatabase(databaseUrl)),
      await find('queue', () => checkQueue(context.config, databaseUrl)),
    ]);
  } catch (error) {
    return [
      await find('database', () => Promise.reject(error)),
      ['queue', 'bad', 'not looked at: the database cannot be reached'],
    ];
  }
}

async function checkDatabase(databaseUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: waitMs });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
    const [applied, ours] = await Promise.all([readAppliedMigrations(databaseUrl), listMigrations()]);
    const missing = ours.filter((name) => !applied.includes(name));
    if (missing.length > 0)
      throw new Error(`${missing.length} migrations are missing, the first is ${missing[0]}: npm run polyreel -- migrate`);
    const { rows: workers } = await client.query<{ count: string }>(
      "SELECT count(*) FROM workers WHERE seen_at > now() - interval '30 seconds'",
    );
    return `PostgreSQL ${rows[0]?.server_version}, ${applied.length} migrations, ${workers[0]?.count} workers seen in the last 30 s`;
  } finally {
    await client.end();
  }
}

async function checkQueue({ redisUrl }: OperatorConfig, databaseUrl: string): Promise<string> {
  const faults: string[] = [];
  const wakeups = await createWakeups({ redisUrl, databaseUrl, onFault: ({ error }) => faults.push(String(error)) });
  try {
    await wakeups.ping();
    const waiting = Object.values(await wakeups.depth()).reduce((sum, count) => sum + count, 0);
    return `${redisUrl === null ? 'PostgreSQL' : 'Redis'}, ${waiting} wake-ups wait`;
  } finally {
    await wakeups.close();
  }
}

/** Writes, reads and removes an object; the sweep would remove it too if this died in between. */
async function checkStorage(config: OperatorConfig): Promise<string> {
  const store = await openObjects(config);
  try {
    const key = `doctor/${randomBytes(8).toString('hex')}`;
    const signal = AbortSignal.timeout(waitMs);
    const marker = await readMarker(store);
    await store.put(key, Buffer.from(key), { contentType: 'text/plain', signal });
    try {
      const { stream } = await store.get(key, { signal });
      if ((await text(stream)) !== key) throw new Error('an object came back changed');
    } finally {
      await store.delete(key);
    }
    const place = config.objects.adapter === 'fs' ? config.objects.folder : `bucket ${config.objects.bucket}`;
    return `${place}, ${marker === null ? 'new' : `installation ${marker}`}`;
  } finally {
    await store.close();
  }
}

async function checkDisk({ dataDir, minFreeBytes }: OperatorConfig): Promise<string> {
  let folder = dataDir;
  while (!existsSync(folder)) folder = path.dirname(folder);
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const words = `${(free / 2 ** 30).toFixed(1)} GiB free at ${folder}`;
  if (free < minFreeBytes)
    throw new Error(
      `${words}, less than MIN_FREE_BYTES (${(minFreeBytes / 2 ** 30).toFixed(1)} GiB): submits and uploads are refused`,
    );
  return words;
}

async function checkRunner({ generation }: OperatorConfig): Promise<string> {
  if (generation.runner === 'cpu') return 'cpu, the reference renderer: for development and tests, no diffusion model';
  for (const url of generation.urls) {
    const answer = await fetch(`${url}/system_stats`, { headers: generation.headers, signal: AbortSignal.timeout(waitMs) }).catch(
      (cause: unknown) => {
        throw new Error(`${url} does not answer`, { cause });
      },
    );
    if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
  }
  return `comfyui at ${generation.urls.join(', ')}`;
}
