import pg from 'pg';

const quoted = (name) => `"${name.replaceAll('"', '""')}"`;
const databaseOf = (url) => decodeURIComponent(new URL(url).pathname.slice(1));

/** @param {string} url @param {string} database */
export function withDatabase(url, database) {
  const changed = new URL(url);
  changed.pathname = `/${encodeURIComponent(database)}`;
  return changed.href;
}

/** @param {string} url */
export async function canConnect(url) {
  await withClient(url, (client) => client.query('SELECT 1'));
}

/** @param {string} url @returns {Promise<string>} the name of the new database */
export async function createDatabase(url) {
  await onMaintenanceDatabase(url, (client) => client.query(`CREATE DATABASE ${quoted(databaseOf(url))}`));
  return databaseOf(url);
}

/** Ends its sessions too. @param {string} url */
export async function dropDatabase(url) {
  await onMaintenanceDatabase(url, (client) => client.query(`DROP DATABASE IF EXISTS ${quoted(databaseOf(url))} WITH (FORCE)`));
}

async function onMaintenanceDatabase(url, work) {
  try {
    await withClient(withDatabase(url, 'postgres'), work);
  } catch (error) {
    if (error.code !== '3D000') throw error;
    await withClient(withDatabase(url, 'template1'), work);
  }
}

async function withClient(url, work) {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
