import { randomUUID } from 'node:crypto';
import { scanJsonFile } from '../src/json-body/index.ts';
import type { JsonBodyPool } from '../src/surface.ts';

/** The scan of the server's pool without its threads. */
export const inProcessJsonPool: JsonBodyPool = {
  scan: async (request) => scanJsonFile({ ...request, nonce: randomUUID() }),
};
