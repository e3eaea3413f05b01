import { createReadStream, createWriteStream } from 'node:fs';
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { makeDataDir, startEmbeddedPostgres } from '@polyreel/db/embedded';
import { BackupError } from '../backup/archive-format.ts';
import { exportBackup } from '../backup/export-backup.ts';
import { importBackup, openBackup } from '../backup/import-backup.ts';
import type { CheckedArchive } from '../backup/read-archive.ts';
import { lockDataDir } from '../run/data-dir-lock.ts';
import { writePrivateFile } from '../run/write-private-file.ts';
import { takeWords } from './arguments.ts';
import type { Command, CommandContext } from './command.ts';
import { withDatabaseUrl } from './with-database.ts';

export const exportCommand: Command = {
  words: 'export',
  usage: 'FILE',
  summary:
    'backs everything up into one file (-: standard output), whether the server runs or not; keep it secret, it holds the secret key',
  flags: [],
  async run(context) {
    const [name = ''] = takeWords(context.args, ['FILE']);
    if (name === standard) return exportToStandardOutput(context);
    const file = path.resolve(context.cwd, name);
    if (await exists(file)) throw new BackupError(`${file} exists: give another name`);
    if (!(await exists(path.dirname(file)))) throw new BackupError(`There is no folder ${path.dirname(file)}`);
    return exportToFile(context, file);
  },
};

export const importCommand: Command = {
  words: 'import',
  usage: 'FILE',
  summary: 'fills an empty server from a backup (-: standard input) of this version or an older one; the server must be stopped',
  flags: [],
  async run(context) {
    const [name = ''] = takeWords(context.args, ['FILE']);
    if (name === standard) {
      return withFolder(async (folder) => {
        const file = path.join(folder, 'backup.tar');
        await pipeline(context.stdin, createWriteStream(file, { flags: 'wx', mode: 0o600 }));
        return importFromFile(context, file);
      });
    }
    const file = path.resolve(context.cwd, name);
    if (!(await exists(file))) throw new BackupError(`There is no file ${file}`);
    return importFromFile(context, file);
  },
};

/** The name that means standard input or output, for a program in a container. */
const standard = '-';

async function exportToFile(context: CommandContext, file: string): Promise<number> {
  const { config, say } = context;
  const report = await withDatabaseUrl(context, (databaseUrl) => exportBackup({ config, databaseUrl, file, say }));
  const verified = config.objects.adapter === 's3' ? ' verified in their bucket' : '';
  say(`${file}: ${report.rows} rows of ${report.tables} tables, ${report.objects} objects${verified}`);
  return 0;
}

/** Through a file, so that what comes out is always one whole backup. */
function exportToStandardOutput(context: CommandContext): Promise<number> {
  return withFolder(async (folder) => {
    const file = path.join(folder, 'backup.tar');
    const code = await exportToFile(context, file);
    await pipeline(createReadStream(file), context.stdout, { end: false });
    return code;
  });
}

async function importFromFile(context: CommandContext, file: string): Promise<number> {
  context.say('Checking the backup');
  const archive = await openBackup(file);
  if (context.config.mode === 'full') await importFull(context, file, archive, context.config.databaseUrl);
  else await importEmbedded(context, file, archive);
  context.say(`Imported the backup of ${archive.manifest.createdAt}: ${archive.objects.length} objects`);
  return 0;
}

async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'polyreel-backup-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function importFull(
  { config, env, say }: CommandContext,
  file: string,
  archive: CheckedArchive,
  databaseUrl: string,
): Promise<void> {
  const keys = config.secretKeys === null ? [] : [config.secretKeys.current, ...config.secretKeys.previous];
  if (!keys.some((key) => Buffer.from(key).toString('base64url') === archive.secretKey)) {
    throw new BackupError(
      `SECRET_KEY is not the one of the backup, without which its links and secrets are lost. Print that one with \`tar -xOf ${file} secret-key\` and give it as SECRET_KEY, or as SECRET_KEY_PREVIOUS beside a new one`,
    );
  }
  await importBackup({ config, databaseUrl, file, archive, env, say });
}

async function importEmbedded({ config, env, say }: CommandContext, file: string, archive: CheckedArchive): Promise<void> {
  await makeDataDir(config.dataDir);
  const lock = await lockDataDir({ dataDir: config.dataDir, purpose: 'npm run polyreel -- import', log: say });
  try {
    const database = await startEmbeddedPostgres({ dataDir: config.dataDir, log: say });
    try {
      await placeSecretKey(config, archive.secretKey);
      await importBackup({ config, databaseUrl: database.url, file, archive, env, say });
    } finally {
      await database.stop();
    }
  } finally {
    await lock.release();
  }
}

/** Before the first object: a store that is opened without a key makes one. */
async function placeSecretKey(config: CommandContext['config'], secretKey: string): Promise<void> {
  const file = path.join(config.dataDir, 'secret-key');
  const current =
    config.secretKeys === null
      ? (await readFile(file, 'utf8').catch(() => null))?.trim()
      : Buffer.from(config.secretKeys.current).toString('base64url');
  if (current === secretKey) return;
  if (current !== undefined) {
    const where = config.secretKeys === null ? file : 'SECRET_KEY';
    throw new BackupError(`${where} holds another secret key than the backup: import into an empty DATA_DIR`);
  }
  await writePrivateFile(file, `${secretKey}\n`);
}

async function exists(name: string): Promise<boolean> {
  return access(name).then(
    () => true,
    () => false,
  );
}
