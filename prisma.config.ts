import path from 'node:path';
import { defineConfig } from 'prisma/config';

/**
 * Prisma's native schema engine is a download. Unless one is named (PRISMA_SCHEMA_ENGINE_BINARY=/path) or its download is asked
 * for (PRISMA_SCHEMA_ENGINE_BINARY=native), the WebAssembly engine of npm does the same work: prisma/schema-engine.mjs.
 */
const engine = process.env.PRISMA_SCHEMA_ENGINE_BINARY;
if (engine === 'native') delete process.env.PRISMA_SCHEMA_ENGINE_BINARY;
else if (engine === undefined || engine === '')
  process.env.PRISMA_SCHEMA_ENGINE_BINARY = path.join(import.meta.dirname, 'prisma/schema-engine.mjs');

const url = process.env.DATABASE_URL;

export default defineConfig({
  schema: 'prisma/schema.prisma',
  // An import brings an older database to the state it was exported in before it goes on from there.
  migrations: { path: process.env.PRISMA_MIGRATIONS_FOLDER ?? 'prisma/migrations' },
  ...(url !== undefined && url !== '' && { datasource: { url } }),
});
