import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { BackupError, type DumpedPartition, type DumpedTable, type Manifest } from './archive-format.ts';
import { listTables, quote } from './database-dump.ts';

/** Tables that are not empty. A database without tables has none. */
export async function findFilledTables(databaseUrl: string): Promise<string[]> {
  return withClient(databaseUrl, async (client) => {
    const filled: string[] = [];
    for (const name of await listTables(client)) {
      const { rowCount } = await client.query(`SELECT 1 FROM ${quote(name)} LIMIT 1`);
      if (rowCount === 1) filled.push(name);
    }
    return filled;
  });
}

/** Migrations the database has; none before the first. */
export async function readAppliedMigrations(databaseUrl: string): Promise<string[]> {
  return withClient(databaseUrl, async (client) => {
    const { rows: found } = await client.query<{ book: string | null }>(
      "SELECT to_regclass('public._prisma_migrations')::text AS book",
    );
    if (found[0]?.book == null) return [];
    const { rows } = await client.query<{ migration_name: string }>(
      'SELECT migration_name FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY migration_name',
    );
    return rows.map((row) => row.migration_name);
  });
}

export interface LoadOptions {
  readonly databaseUrl: string;
  readonly manifest: Manifest;
  /** The text of one table. */
  readonly open: (table: DumpedTable) => Readable;
}

/** Fills an empty database of the very migrations of the manifest: all tables or none, in one transaction. */
export async function loadDatabase({ databaseUrl, manifest, open }: LoadOptions): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    await client.query('BEGIN');
    for (const partition of manifest.partitions) await ensurePartition(client, partition);
    const order = await orderByReferences(client, await listTables(client));
    const unknown = manifest.tables.filter(({ name }) => !order.includes(name)).map(({ name }) => name);
    if (unknown.length > 0)
      throw new BackupError(`The backup has tables that its own migrations do not make: ${unknown.join(', ')}`);
    for (const name of order) {
      const table = manifest.tables.find((candidate) => candidate.name === name);
      if (table === undefined) throw new BackupError(`The backup lacks the table ${name}`);
      await loadTable(client, table, open(table));
    }
    await client.query('COMMIT');
  });
}

async function loadTable(client: pg.Client, table: DumpedTable, source: Readable): Promise<void> {
  const { rowCount } = await client.query(`SELECT 1 FROM ${quote(table.name)} LIMIT 1`);
  // A migration may have put rows of its own; the backup's are the truth.
  if (rowCount === 1) await client.query(`DELETE FROM ${quote(table.name)}`);
  const sink = client.query(copyFrom(`COPY ${quote(table.name)} (${table.columns.map(quote).join(', ')}) FROM STDIN`));
  await pipeline(source, sink);
  if (sink.rowCount !== table.rows)
    throw new BackupError(`${table.name}: ${sink.rowCount} rows came in, the backup has ${table.rows}`);
  await advanceSequences(client, table);
}

/** COPY does not move the sequences that number new rows. */
async function advanceSequences(client: pg.Client, { name, columns }: DumpedTable): Promise<void> {
  for (const column of columns) {
    const { rows } = await client.query<{ sequence: string | null }>(
      "SELECT pg_get_serial_sequence(format('public.%I', $1::text), $2) AS sequence",
      [name, column],
    );
    const sequence = rows[0]?.sequence;
    if (sequence == null) continue;
    const newest = `max(${quote(column)})`;
    await client.query(`SELECT setval($1::regclass, coalesce(${newest}, 1), ${newest} IS NOT NULL) FROM ${quote(name)}`, [
      sequence,
    ]);
  }
}

async function ensurePartition(client: pg.Client, { name, parent, bound, triggers }: DumpedPartition): Promise<void> {
  const { rows } = await client.query<{ found: string | null }>(
    "SELECT to_regclass(format('public.%I', $1::text))::text AS found",
    [name],
  );
  if (rows[0]?.found != null) return;
  await client.query(`CREATE TABLE ${quote(name)} PARTITION OF ${quote(parent)} ${bound}`);
  for (const trigger of triggers) await client.query(trigger);
}

/** A table comes after every table that it refers to. */
async function orderByReferences(client: pg.Client, tables: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ table: string; target: string }>(
    `SELECT conrelid::regclass::text AS table, confrelid::regclass::text AS target FROM pg_constraint
     WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND conrelid <> confrelid`,
  );
  const ordered: string[] = [];
  while (ordered.length < tables.length) {
    const ready = tables.filter(
      (name) => !ordered.includes(name) && rows.every(({ table, target }) => table !== name || ordered.includes(target)),
    );
    if (ready.length === 0)
      throw new Error(`Tables refer to each other in a circle: ${tables.filter((name) => !ordered.includes(name)).join(', ')}`);
    ordered.push(...ready);
  }
  return ordered;
}

async function withClient<T>(databaseUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
