import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { DumpedPartition, DumpedTable } from './archive-format.ts';
import { createHashingStream } from './hashing.ts';

/** Prisma's own book of migrations; a restored database writes its own. */
const migrationsTable = '_prisma_migrations';

export interface DatabaseDump {
  readonly migrations: readonly string[];
  readonly tables: readonly DumpedTable[];
  readonly partitions: readonly DumpedPartition[];
  /** Objects that the tables name and that must therefore be in the backup. */
  readonly objectKeys: readonly string[];
}

/** Writes every table of the schema `public` into `folder`, one file each, as of one moment. */
export async function dumpDatabase({ databaseUrl, folder }: { databaseUrl: string; folder: string }): Promise<DatabaseDump> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const migrations = await readMigrations(client);
    const partitions = await readPartitions(client);
    const tables: DumpedTable[] = [];
    for (const name of await listTables(client)) tables.push(await dumpTable(client, name, folder));
    const objectKeys = await readObjectKeys(client);
    await client.query('COMMIT');
    return { migrations, tables, partitions, objectKeys };
  } finally {
    await client.end();
  }
}

/** Tables that hold rows of their own: partitions are read through their parent. */
export async function listTables(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ relname: string }>(
    `SELECT relname FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> $1
     ORDER BY relname`,
    [migrationsTable],
  );
  return rows.map((row) => row.relname);
}

/** Generated columns are left out: they cannot be written. */
async function listColumns(client: pg.Client, table: string): Promise<string[]> {
  const { rows } = await client.query<{ attname: string }>(
    `SELECT attname FROM pg_attribute
     WHERE attrelid = format('public.%I', $1::text)::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`,
    [table],
  );
  return rows.map((row) => row.attname);
}

async function dumpTable(client: pg.Client, name: string, folder: string): Promise<DumpedTable> {
  const columns = await listColumns(client, name);
  const source = client.query(copyTo(`COPY (SELECT ${columns.map(quote).join(', ')} FROM ${quote(name)}) TO STDOUT`));
  const hashing = createHashingStream();
  await pipeline(source, hashing.stream, createWriteStream(path.join(folder, name), { flags: 'wx', mode: 0o600 }));
  return { name, columns, rows: source.rowCount ?? 0, ...hashing.result() };
}

async function readMigrations(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ migration_name: string }>(
    `SELECT migration_name FROM ${migrationsTable} WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY migration_name`,
  );
  return rows.map((row) => row.migration_name);
}

/** What has expired may be swept at any moment. */
async function readObjectKeys(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ object_key: string }>(
    `SELECT object_key FROM files WHERE state = 'ready' AND (expires_at IS NULL OR expires_at > now())
     UNION ALL
     SELECT file_renditions.object_key FROM file_renditions JOIN files ON files.id = file_id
     WHERE file_renditions.state = 'ready' AND files.state = 'ready' AND (expires_at IS NULL OR expires_at > now())`,
  );
  return rows.map((row) => row.object_key);
}

async function readPartitions(client: pg.Client): Promise<DumpedPartition[]> {
  const { rows } = await client.query<{ name: string; parent: string; bound: string; triggers: string[] }>(
    `SELECT child.relname AS name, parent.relname AS parent, pg_get_expr(child.relpartbound, child.oid) AS bound,
       ARRAY(SELECT pg_get_triggerdef(oid) FROM pg_trigger
             WHERE tgrelid = child.oid AND NOT tgisinternal AND tgparentid = 0 ORDER BY tgname) AS triggers
     FROM pg_class child JOIN pg_inherits ON inhrelid = child.oid JOIN pg_class parent ON parent.oid = inhparent
     WHERE child.relnamespace = 'public'::regnamespace AND child.relispartition AND child.relkind IN ('r', 'p') ORDER BY child.relname`,
  );
  return rows;
}

/** An SQL name. */
export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
