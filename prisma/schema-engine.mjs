#!/usr/bin/env node
/**
 * Stands in for Prisma's native schema engine, which is a download: the same commands and the same JSON-RPC over stdio, answered
 * by the WebAssembly engine of npm over `pg`. Migration rows and checksums are the engine's own, so the native one can take over
 * at any time. Used by prisma.config.ts where no native engine is named.
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { canConnect, createDatabase, dropDatabase } from './schema-engine/admin.mjs';
import { callEngine, panicMessage } from './schema-engine/engine.mjs';

const args = process.argv.slice(2);
const optionsNamed = (name) => args.flatMap((arg, index) => (arg === name ? [args[index + 1]] : []));
const [datasourceText] = optionsNamed('--datasource');
const datasource = datasourceText === undefined ? {} : JSON.parse(datasourceText);
const urls = { main: datasource.url ?? process.env.DATABASE_URL, shadow: datasource.shadowDatabaseUrl };

if (args.includes('--version')) process.stdout.write('schema-engine-wasm\n');
else if (args.includes('cli')) await runCommand(args[args.indexOf('cli') + 1]);
else serve();

/** One-off commands of the CLI: exit code 1 and a log line with a Prisma error code say that it failed. */
async function runCommand(command) {
  const commands = { 'can-connect-to-database': canConnect, 'create-database': createDatabase, 'drop-database': dropDatabase };
  try {
    const run = commands[command];
    if (run === undefined) throw new Error(`The schema engine knows no command ${command}`);
    await run(urls.main);
    if (command === 'drop-database') logLine('INFO', 'The database was successfully dropped.');
  } catch (error) {
    logLine('ERROR', String(error.message), { '3D000': 'P1003', '28P01': 'P1000', '42P04': 'P1009' }[error.code] ?? 'P1001');
    process.exitCode = 1;
  }
}

function logLine(level, message, errorCode) {
  const line = { level, target: 'schema_engine::logger', fields: { message, error_code: errorCode } };
  process.stderr.write(`\n${JSON.stringify(line)}\n`);
}

/** Answers requests one after another, in their order. */
function serve() {
  const datamodels = optionsNamed('--datamodels').map((file) => [file, readFileSync(file, 'utf8')]);
  let current;
  let queue = Promise.resolve();
  const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  // A panic surfaces outside the call's promise: answer the request in hand, then end as the native engine does.
  const die = (error) => {
    send({ id: current, error: describeFault(error, true) });
    process.exit(101);
  };
  process.on('uncaughtException', die).on('unhandledRejection', die);

  /** Two methods stand outside the WebAssembly engine or under another name. */
  const call = async (method, params) => {
    if (method === 'createDatabase') return { databaseName: await createDatabase(params.datasource.url) };
    return callEngine(urls, datamodels, method === 'getDatabaseVersion' ? 'version' : method, params);
  };
  const answer = async (line) => {
    const { id, method, params } = JSON.parse(line);
    if (method === undefined) return;
    current = id;
    try {
      const result = await call(method, params);
      // The native engine prints a diff by a request of its own; the answer alone would leave the terminal empty.
      if (method === 'diff' && typeof result?.stdout === 'string')
        send({ id: `print-${id}`, method: 'print', params: { content: result.stdout } });
      send({ id, result: result ?? null });
    } catch (error) {
      send({ id, error: describeFault(error, panicMessage() !== undefined) });
    }
  };
  createInterface({ input: process.stdin })
    .on('line', (line) => {
      queue = queue.then(() => answer(line));
    })
    .on('close', () => queue.then(() => process.exit(0)));
}

function describeFault(error, isPanic) {
  const message = (isPanic ? panicMessage() : undefined) ?? String(error?.message ?? error);
  const data = { is_panic: isPanic, message, error_code: isPanic ? undefined : error?.code };
  return { code: 4466, message: 'An error happened. Check the data field for details.', data };
}
