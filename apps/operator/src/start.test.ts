import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findEmbeddedPostgres } from '@polyreel/db/embedded';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { operate } from '../test/operate.ts';
import { findFreePort, findProcessesOf, makeInputs, type StartedServer, startServer } from '../test/start-process.ts';

const until = { timeout: 180_000, interval: 250 };
const statusSchema = z.object({ status: z.string(), outputVideo: z.string().nullable(), errorMessage: z.string().nullable() });
const registeredSchema = z.object({
  data: z.object({
    account: z.object({ created_at: z.iso.datetime() }),
    verification: z.object({ expires_at: z.iso.datetime() }),
  }),
});
/** The server that runs now; the tests below tell one story and hand it on. */
let server: StartedServer;
const started: StartedServer[] = [];
let home = '';
let dataDir = '';
let env: NodeJS.ProcessEnv = {};
let url = '';
let inputs: { image: Blob; audio: Blob };

beforeAll(async () => {
  // As below root's home: nobody else may enter.
  home = await mkdtemp(path.join(tmpdir(), 'polyreel-start-'));
  await mkdir(path.join(home, 'clone'), { mode: 0o700 });
  dataDir = path.join(home, 'clone', '.data');
  const port = await findFreePort();
  url = `http://127.0.0.1:${port}`;
  env = { DATA_DIR: dataDir, PORT: String(port), WORKER_HTTP_PORT: String(await findFreePort()), LOG_LEVEL: 'info' };
  inputs = await makeInputs(home, 3);
});

afterAll(async () => {
  for (const one of started) {
    if (one.child.exitCode !== null || one.child.signalCode !== null) continue;
    one.child.kill('SIGTERM');
    await one.untilEnded();
  }
  const text = await readFile(path.join(dataDir, 'postgres.json'), 'utf8').catch(() => '{}');
  const state = z.object({ folder: z.string() }).safeParse(JSON.parse(text));
  if (state.success) await removeClusters(state.data.folder);
  await rm(home, { recursive: true, force: true });
});

/** The cluster, and those that were set aside when DATA_DIR was emptied. */
async function removeClusters(folder: string): Promise<void> {
  for (const name of await readdir(path.dirname(folder))) {
    const isOurs = name === path.basename(folder) || name.startsWith(`${path.basename(folder)}.left-`);
    if (isOurs) await rm(path.join(path.dirname(folder), name), { recursive: true, force: true });
  }
}

async function start(argv: readonly string[] = [], more: NodeJS.ProcessEnv = {}): Promise<StartedServer> {
  const one = startServer({ ...env, ...more }, argv);
  started.push(one);
  await Promise.race([one.untilSaid('Polyreel is up'), one.untilEnded()]);
  return one;
}

const here = () => ({ ...process.env, ...env });
const keyText = async (): Promise<string> => (await readFile(path.join(dataDir, 'api-key'), 'utf8')).trim();

async function submit(): Promise<string> {
  const body = new FormData();
  body.set('image', inputs.image, 'still.png');
  body.set('audio', inputs.audio, 'tone.wav');
  const answer = await fetch(`${url}/api/jobs`, { method: 'POST', headers: { 'X-API-Key': await keyText() }, body });
  expect(answer.status).toBe(201);
  return z.object({ jobId: z.string() }).parse(await answer.json()).jobId;
}

async function statusOf(jobId: string) {
  const answer = await fetch(`${url}/api/status/${jobId}`, { headers: { 'X-API-Key': await keyText() } });
  return statusSchema.parse(await answer.json());
}

async function untilCompleted(jobId: string): Promise<string> {
  const film = await vi.waitFor(async () => {
    const status = await statusOf(jobId);
    if (status.status === 'FAILED') return status;
    expect(status.status).toBe('COMPLETED');
    return status;
  }, until);
  expect(film.errorMessage).toBeNull();
  return film.outputVideo ?? '';
}

async function expectPlays(link: string): Promise<void> {
  const answer = await fetch(link);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('video/mp4');
  expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(1000);
}

describe('npm start', { timeout: 600_000 }, () => {
  let firstFilm = '';
  let backup = '';
  let unfinished = '';

  it('brings everything up, keeps the key off a pipe, and makes a film', async () => {
    server = await start(['--email-verification-ttl', '90s']);
    expect(server.output()).toContain(`Polyreel is up:  ${url}`);
    expect(server.output()).toContain('it is no diffusion model');
    expect((await stat(path.join(dataDir, 'api-key'))).mode & 0o777).toBe(0o600);
    expect((await stat(path.join(dataDir, 'secret-key'))).mode & 0o777).toBe(0o600);
    expect(server.output()).not.toContain(await keyText());
    expect(server.output()).toContain(path.join(dataDir, 'api-key'));
    firstFilm = await untilCompleted(await submit());
    await expectPlays(firstFilm);
  });

  it('takes how long a proof of an e-mail address is good as a flag', async () => {
    const answer = await fetch(`${url}/api/v1/account.register`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ username: 'you', email: 'you@example.com', password: 'correct horse battery staple' }),
    });
    const registered = registeredSchema.parse(await answer.json()).data;
    const lifeMs = Date.parse(registered.verification.expires_at) - Date.parse(registered.account.created_at);
    expect(Math.round(lifeMs / 10_000)).toBe(9);
  });

  it('refuses a second server on one DATA_DIR and leaves the first alone', async () => {
    const second = await start([], { PORT: String(await findFreePort()) });
    expect(await second.untilEnded()).toBe(1);
    expect(second.output()).toContain('is in use by `npm start`');
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });

  it('gives keys while it runs, and is found well by the doctor', async () => {
    const made = await operate(['key', 'create', '--account', 'owner', '--name', 'while running'], here());
    expect((await fetch(`${url}/api/jobs`, { headers: { 'X-API-Key': made.stdout.trim() } })).status).toBe(200);
    expect((await operate(['doctor'], { ...here(), MIN_FREE_BYTES: '0' })).code).toBe(0);
  });

  it('starts a crashed worker again', async () => {
    const running: unknown = JSON.parse(await readFile(path.join(dataDir, 'running.json'), 'utf8'));
    const { children } = z.object({ children: z.array(z.object({ pid: z.number() })) }).parse(running);
    process.kill(children.at(-1)?.pid ?? 0, 'SIGKILL');
    await server.untilSaid('The worker is up again');
  });

  it('finishes the job whose server was killed with kill -9 in the middle', async () => {
    const key = await keyText();
    const jobId = await submit();
    await vi.waitFor(async () => expect((await statusOf(jobId)).status).toBe('PROCESSING'), until);
    process.kill(server.child.pid ?? 0, 'SIGKILL');
    await server.untilEnded();
    server = await start();
    expect(server.output()).toContain(`Polyreel is up:  ${url}`);
    expect(await keyText()).toBe(key);
    await expectPlays(await untilCompleted(jobId));
  });

  it('takes the database over when every process was killed at once', async () => {
    const { children } = z
      .object({ children: z.array(z.object({ pid: z.number() })) })
      .parse(JSON.parse(await readFile(path.join(dataDir, 'running.json'), 'utf8')));
    process.kill(-(server.child.pid ?? 0), 'SIGKILL');
    await server.untilEnded();
    expect(children).toHaveLength(2);
    server = await start();
    expect(server.output()).toContain('The database of an earlier start that was killed was taken over');
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });

  it('can be backed up in the middle of a job, and not be imported over', async () => {
    backup = path.join(home, 'backup.tar');
    unfinished = await submit();
    await vi.waitFor(async () => expect((await statusOf(unfinished)).status).toBe('PROCESSING'), until);
    expect(await operate(['export', backup], here())).toMatchObject({ code: 0 });
    const refused = await operate(['import', backup], here());
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('stop that one first') });
  });

  it('leaves no process behind after SIGTERM', async () => {
    server.child.kill('SIGTERM');
    expect(await server.untilEnded()).toBe(0);
    expect(await findProcessesOf(dataDir)).toEqual([]);
    expect(await findEmbeddedPostgres(dataDir)).toBeNull();
    expect(await readdir(dataDir)).not.toContain('running.json');
  });

  it('says which port is taken, which setting is wrong, which program is missing', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(Number(env.PORT), '127.0.0.1', resolve));
    const blocked = await start();
    expect(await blocked.untilEnded()).toBe(1);
    expect(blocked.output()).toContain(`Port ${env.PORT} on 127.0.0.1 is taken`);
    await new Promise((resolve) => other.close(resolve));
    const wrong = await start(['--port', 'eighty']);
    expect(await wrong.untilEnded()).toBe(1);
    expect(wrong.output()).toContain('--port = "eighty": must be a whole number from 0 to 65535');
    const missing = await start([], { FFMPEG_PATH: '/nowhere/ffmpeg' });
    expect(await missing.untilEnded()).toBe(1);
    expect(missing.output()).toContain('names /nowhere/ffmpeg, which cannot be run');
  });

  it('goes on from the backup in an emptied DATA_DIR: old films and keys work, unfinished jobs finish', async () => {
    const key = await keyText();
    await rm(dataDir, { recursive: true });
    expect(await operate(['import', backup], here())).toMatchObject({ code: 0 });
    expect(await keyText()).toBe(key);
    const made = await operate(['key', 'create', '--account', 'owner', '--name', 'while stopped'], here());
    expect(await findEmbeddedPostgres(dataDir)).toBeNull();
    server = await start();
    expect((await fetch(`${url}/api/jobs`, { headers: { 'X-API-Key': made.stdout.trim() } })).status).toBe(200);
    await expectPlays(firstFilm);
    await expectPlays(await untilCompleted(unfinished));
  });
});

it('an import into a DATA_DIR with another secret key is refused', { timeout: 300_000 }, async () => {
  const other = path.join(home, 'other');
  await mkdir(other);
  await writeFile(path.join(other, 'secret-key'), `${'A'.repeat(43)}\n`);
  const result = await operate(['import', path.join(home, 'backup.tar')], { ...process.env, ...env, DATA_DIR: other });
  expect(result).toMatchObject({ code: 1, stderr: expect.stringContaining('holds another secret key') });
  const { folder } = z
    .object({ folder: z.string() })
    .parse(JSON.parse(await readFile(path.join(other, 'postgres.json'), 'utf8')));
  await removeClusters(folder);
});
