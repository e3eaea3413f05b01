import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadConfig, requireFullConfig } from '@polyreel/config';
import type { Capability, MediaInspector } from '@polyreel/core';
import { surfaceSchemas } from '@polyreel/surfaces';
import { startTestPostgres } from '@polyreel/testkit/postgres';
import { referenceCapabilities } from '@polyreel/testkit/surface-app';
import type { FastifyInstance, HTTPMethods } from 'fastify';
import { pino } from 'pino';
import { buildApp } from '../../src/app.ts';
import { composeApi } from '../../src/deps.ts';

export interface InProcessApp {
  readonly app: FastifyInstance;
  readonly dataDir: string;
  readonly routes: readonly { readonly method: HTTPMethods; readonly url: string }[];
  readonly database: Awaited<ReturnType<typeof composeApi>>['database'];
  /** Another account with a key. */
  createAccount(): Promise<{ accountId: string; keyId: string; key: string }>;
  /** Base URL of a socket on loopback. */
  listen(): Promise<string>;
  /** The first thing that a stop does. */
  endWaits(): void;
  /** As the process does on its way out: waits and streams end, then the rest. */
  stop(): Promise<void>;
}

export interface InProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly capabilities?: readonly Capability[];
}

/** Nobody is slowed down. */
const limitsOff = {
  VIDEOGEN_RATE_LIMITS: 'webhook-create=off,webhook-delete=off,tools=off,upload=off,workflows=off',
  VIDGEN_V1_RATE_LIMITS: 'all=off,submit=off',
  VIDGEN_V2_RATE_LIMITS: 'all=off,generate=off',
  VIDGENIE_RATE_LIMITS: 'all=off,public=off,register=off',
  VIVIDFLOW_RATE_LIMITS: 'all=off,hour=off,day=off',
} as const;

/** The gateway as `server.ts` composes it, over a real PostgreSQL and a folder, in this process. Nobody runs steps. */
export async function startApp({ env = {}, capabilities = referenceCapabilities }: InProcessOptions = {}): Promise<InProcessApp> {
  const server = await startTestPostgres();
  const { url, drop } = await server.createDatabase();
  const dataDir = await mkdtemp(path.join(tmpdir(), 'polyreel-app-'));
  const settings = {
    DATABASE_URL: url,
    SECRET_KEY: randomBytes(32).toString('base64url'),
    PUBLIC_URL: 'http://polyreel.test',
    DATA_DIR: dataDir,
    MIN_FREE_BYTES: '0',
    CONTENT_SAFETY_STAGES: 'images=off',
    ...limitsOff,
    ...env,
  };
  const config = requireFullConfig(loadConfig(settings, [], surfaceSchemas));
  const api = await composeApi(config, pino({ level: 'silent' }));
  await api.database.workers.beat({ id: 'wrk_test', capabilities, hostname: 'test', version: '0' });
  const routes: { method: HTTPMethods; url: string }[] = [];
  const app = await buildApp({
    ...api.app,
    surfaceDeps: { ...api.app.surfaceDeps, inspector: rememberLooks(api.app.surfaceDeps.inspector) },
    onRoute: ({ method, url: path }) => routes.push(...[method].flat().map((name) => ({ method: name, url: path }))),
  });
  return {
    app,
    dataDir,
    routes,
    database: api.database,
    async createAccount() {
      const tag = randomBytes(13).toString('hex');
      const [accountId, keyId] = [`usr_${tag}`, `key_${tag}`];
      const key = `vg_live_${tag.padEnd(43, '0')}`;
      await api.database.accounts.createAccount({ id: accountId, name: tag, role: 'member' });
      const sha256 = createHash('sha256').update(key).digest('hex');
      const row = { id: keyId, accountId, name: 'test', sha256, prefix: 'vg_live_', lastFour: key.slice(-4), surfaces: null };
      await api.database.accounts.createKey(row);
      return { accountId, keyId, key };
    },
    async listen() {
      if (!app.server.listening) await app.listen({ host: '127.0.0.1', port: 0 });
      const address: AddressInfo | string | null = app.server.address();
      if (typeof address !== 'object' || address === null) throw new Error('the test server has no address');
      return `http://127.0.0.1:${address.port}`;
    },
    endWaits: () => api.announceStop(),
    async stop() {
      api.announceStop();
      // As the server itself stops: a caller that was refused in the middle may hold its connection for over a minute.
      const late = setTimeout(() => app.server.closeAllConnections(), 3000);
      await app.close();
      clearTimeout(late);
      await api.close();
      await drop();
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The real inspector, asked once about equal bytes: programs are started for what is new only. */
function rememberLooks(inspector: MediaInspector): MediaInspector {
  const once = <T>(look: (file: string) => Promise<T>) => {
    const known = new Map<string, Promise<T>>();
    return async (file: string): Promise<T> => {
      const hash = createHash('sha256')
        .update(await readFile(file))
        .digest('hex');
      const answer = known.get(hash) ?? look(file);
      known.set(hash, answer);
      return answer;
    };
  };
  return {
    identify: once((file) => inspector.identify(file)),
    inspectImage: once((file) => inspector.inspectImage(file)),
    inspectAudio: once((file) => inspector.inspectAudio(file)),
  };
}
