import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as engine from '@prisma/schema-engine-wasm/schema_engine_bg';
import { connect, connectToShadow } from './driver.mjs';

let panic;
let isLoaded = false;

/** What the engine said when it panicked, if it did. */
export const panicMessage = () => panic;

/**
 * Calls one method on an engine of its own: an engine that has applied migrations can open no shadow database any more.
 * @param {{ main?: string, shadow?: string }} urls without `main` only what needs no database works
 * @param {[string, string][]} datamodels path and text of each schema file
 * @param {string} method
 * @param {unknown} params
 */
export async function callEngine(urls, datamodels, method, params) {
  loadWebAssembly();
  const connections = [];
  const keep = async (connecting) => {
    const connection = await connecting;
    connections.push(connection);
    return connection;
  };
  const adapter = bindMigrationAwareSqlAdapterFactory({
    provider: 'postgres',
    adapterName: '@prisma/adapter-pg',
    connect: async () => keep(connect(mainUrl(urls))),
    connectToShadowDb: async () => keep(connectToShadow(mainUrl(urls), urls.shadow)),
  });
  try {
    const options = { datamodels: datamodels.length > 0 ? datamodels : undefined };
    const instance = await engine.SchemaEngine.new(options, () => undefined, adapter);
    if (typeof instance[method] !== 'function') throw new Error(`The WebAssembly schema engine has no method ${method}`);
    if (needsRehearsal.has(method)) await instance.devDiagnostic({ migrationsList: params.migrationsList, filters: params.filters });
    return await instance[method](params);
  } catch (error) {
    // The engine names an error of ours by its number in a registry.
    const id = /External error id#(\d+)/.exec(String(error?.message ?? error))?.[1];
    throw (id === undefined ? undefined : adapter.errorRegistry.consumeError(Number(id))?.error) ?? error;
  } finally {
    for (const connection of connections) await connection.dispose();
  }
}

function mainUrl(urls) {
  if (urls.main === undefined || urls.main === '') throw new Error('No database is named: set DATABASE_URL');
  return urls.main;
}

/**
 * These look at a shadow database but ask for none unless the engine has used one already; devDiagnostic, which only looks,
 * makes it do so.
 */
const needsRehearsal = new Set(['evaluateDataLoss', 'createMigration']);

/** The package's own entry imports the .wasm file, which Node does not do without a flag. */
function loadWebAssembly() {
  if (isLoaded) return;
  isLoaded = true;
  globalThis.PRISMA_WASM_PANIC_REGISTRY = {
    set_message(message) {
      panic = `RuntimeError: ${message}`;
    },
  };
  const folder = path.dirname(createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg'));
  const wasm = new WebAssembly.Module(readFileSync(path.join(folder, 'schema_engine_bg.wasm')));
  const instance = new WebAssembly.Instance(wasm, { './schema_engine_bg.js': engine });
  engine.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
}
