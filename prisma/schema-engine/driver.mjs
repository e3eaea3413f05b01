import { randomUUID } from 'node:crypto';
import { PrismaPg } from '@prisma/adapter-pg';
import { ColumnTypeEnum } from '@prisma/driver-adapter-utils';
import pg from 'pg';
import { createDatabase, dropDatabase, withDatabase } from './admin.mjs';

/** PostgreSQL's internal one-byte type "char" of the catalogs, which @prisma/adapter-pg does not know. */
const internalCharOid = 18;
const bpcharOid = 1042;

/**
 * Lets columns of type "char" pass the adapter as bpchar and remembers where they were: the engine needs them back as
 * `Character`, and panics on a CHECK constraint when it finds text.
 */
class CatalogPool extends pg.Pool {
  charColumns = new Map();

  query(query, ...rest) {
    const pending = super.query(query, ...rest);
    if (typeof pending?.then !== 'function') return pending;
    return pending.then((result) => {
      const places = (result?.fields ?? []).flatMap((field, index) => (field.dataTypeID === internalCharOid ? [index] : []));
      for (const place of places) result.fields[place].dataTypeID = bpcharOid;
      if (places.length > 0) this.charColumns.set(query.text, places);
      return result;
    });
  }
}

/** A connection as the schema engine wants it. @param {string} url */
export async function connect(url) {
  const pool = new CatalogPool({ connectionString: url, max: 2 });
  const adapter = await new PrismaPg(pool).connect();
  const queryRaw = adapter.queryRaw.bind(adapter);
  adapter.queryRaw = async (query) => {
    const result = await queryRaw(query);
    for (const place of pool.charColumns.get(query.sql) ?? []) result.columnTypes[place] = ColumnTypeEnum.Character;
    return result;
  };
  adapter.dispose = onlyOnce(() => pool.end());
  // The adapter cuts scripts at every semicolon, function bodies included; the server itself takes many statements at once.
  adapter.executeScript = async (script) => {
    try {
      await pool.query(script);
    } catch (error) {
      adapter.onError(error);
    }
  };
  return adapter;
}

/**
 * A throw-away database beside the main one, dropped when the engine lets go of it. The adapter's own way forgets the database's
 * name when it has a connection string, and drops before it closes.
 * @param {string} mainUrl @param {string | undefined} shadowUrl used as it is when given
 */
export async function connectToShadow(mainUrl, shadowUrl) {
  if (shadowUrl !== undefined) return connect(shadowUrl);
  const url = withDatabase(mainUrl, `prisma_migrate_shadow_db_${randomUUID()}`);
  await createDatabase(url);
  const adapter = await connect(url);
  const dispose = adapter.dispose;
  adapter.dispose = onlyOnce(async () => {
    await dispose();
    await dropDatabase(url);
  });
  return adapter;
}

/** The engine lets go of some connections itself, of others never. */
function onlyOnce(work) {
  let done;
  return () => {
    done ??= work();
    return done;
  };
}
