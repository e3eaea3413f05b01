import { startTestPostgres } from './postgres.ts';

/**
 * vitest `globalSetup`: one server for the test files of a package, named to them by TEST_DATABASE_URL, so that
 * `startTestPostgres()` in a test file costs nothing and `createDatabase()` some 50 ms.
 */
export default async function setup(): Promise<() => Promise<void>> {
  const server = await startTestPostgres();
  const before = process.env.TEST_DATABASE_URL;
  process.env.TEST_DATABASE_URL = server.url;
  return async () => {
    if (before === undefined) delete process.env.TEST_DATABASE_URL;
    await server.stop();
  };
}
