import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { type HttpsReceiver, type ReceivedCall, startHttpsReceiver } from '@polyreel/testkit/https-receiver';
import { scaled } from '@polyreel/testkit/scale';
import { type Stack, type StackProcess, startStack } from '@polyreel/testkit/stack';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { probeFilm } from './media-files.ts';
import { pollUntil } from './wait.ts';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../../../..');
const curlsFile = path.join(root, 'packages/surfaces/src/vidgenie/fixtures/document-curls.txt');

const renderSchema = z.looseObject({
  ...{ id: z.string(), status: z.string(), url: z.string().nullable(), attempts: z.int(), progress: z.int() },
  error: z.unknown(),
});
const answerSchema = z.object({ data: z.looseObject({ id: z.string().optional(), render: renderSchema.optional() }) });

let stack: Stack;
let receiver: HttpsReceiver;
let folder: string;
/** Whatever must stand in no log, row or metric. */
const secrets: string[] = ['correct horse battery staple'];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'polyreel-genie-'));
  receiver = await startHttpsReceiver();
  const ca = path.join(folder, 'ca.pem');
  await writeFile(ca, receiver.ca);
  stack = await startStack({
    workers: 2,
    env: {
      ...{ NODE_EXTRA_CA_CERTS: ca, OUTBOUND_ALLOW: `localhost:${receiver.port}`, LOG_LEVEL: 'debug' },
      ...{ MAX_ACTIVE_JOBS_PER_ACCOUNT: '1000', VIDGENIE_RATE_LIMITS: 'all=off,public=off,register=off' },
    },
  });
  secrets.push(stack.key);
});
afterAll(async () => {
  await stack?.stop();
  await receiver?.close();
  await rm(folder, { recursive: true, force: true });
});

const post = (method: string, input: unknown, headers: Readonly<Record<string, string>>): Promise<Response> =>
  fetch(`${stack.url}/api/v1/${method}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(input),
  });

async function call(
  method: string,
  input: unknown,
  headers: Readonly<Record<string, string>> = { 'x-api-key': stack.key },
): Promise<z.infer<typeof answerSchema>['data']> {
  const answer = await post(method, input, headers);
  const body: unknown = await answer.json();
  expect(answer.status, JSON.stringify(body)).toBe(200);
  return answerSchema.parse(body).data;
}

const isOver = ({ status }: { status: string }): boolean => ['done', 'failed', 'cancelled'].includes(status);
const renderOf = (data: { render?: z.infer<typeof renderSchema> | undefined }) => renderSchema.parse(data.render);
/** Load decides how long: one of many waits for all before it. */
const untilOver = (id: string) => pollUntil(async () => renderOf(await call('render.get', { id, wait: 10 })), isOver, 900_000);

const tiny = (seconds: number, output: object = {}) => ({
  timeline: {
    tracks: [
      {
        clips: [
          { asset: { type: 'shape', shape: 'rectangle', rectangle: { width: 20, height: 20 } }, start: 0, length: seconds },
        ],
      },
    ],
  },
  output: { format: 'mp4', size: { width: 64, height: 36 }, fps: 5, ...output },
});

async function mailedToken(address = 'you@example.com'): Promise<string> {
  const mails = path.join(stack.dataDir, 'mail');
  for (const name of await readdir(mails)) {
    const text = await readFile(path.join(mails, name), 'utf8');
    const token = /^(vg_ev_\w+)$/m.exec(text)?.[1];
    if (text.includes(`To: ${address}`) && token !== undefined) return token;
  }
  throw new Error('no mail holds the token');
}

/** Signs one-off callbacks; as its operator reads it. */
async function secretOfAccount(): Promise<string> {
  const { rows } = await stack.pool.query('SELECT name FROM accounts WHERE id = $1', [stack.accountId]);
  const { name } = z.object({ name: z.string() }).parse(rows[0]);
  const { stdout } = await run('node', ['scripts/polyreel.mjs', 'webhook-secret', 'show', '--account', name], {
    cwd: root,
    env: {
      ...{ PATH: process.env.PATH, HOME: process.env.HOME, DATA_DIR: stack.dataDir },
      ...{ DATABASE_URL: stack.databaseUrl, SECRET_KEY: stack.secretKey, PUBLIC_URL: stack.url },
    },
  });
  return /^whsec_\S+$/m.exec(stdout)?.[0] ?? '';
}

const workersOf = (): StackProcess[] => stack.processes.filter(({ name }) => name === 'worker');
const startsIn = (worker: StackProcess, jobId: string): number =>
  worker
    .output()
    .split('\n')
    .filter((line) => line.includes('"step started"') && line.includes(jobId)).length;
const jobIdOf = async (externalId: string): Promise<string> => {
  const { rows } = await stack.pool.query('SELECT id FROM jobs WHERE external_id = $1', [externalId]);
  return z.object({ id: z.string() }).parse(rows[0]).id;
};

test('two workers without Redis make every render, and none twice', { timeout: 1_800_000 }, async () => {
  const ids = await Promise.all(
    Array.from({ length: scaled(200) }, async () => renderOf(await call('render.create', tiny(1))).id),
  );
  const renders = [];
  for (const id of ids) renders.push(await untilOver(id));
  expect(renders.map(({ status, attempts }) => [status, attempts])).toEqual(ids.map(() => ['done', 1]));
  for (const id of ids) {
    const jobId = await jobIdOf(id);
    expect(
      workersOf().reduce((starts, worker) => starts + startsIn(worker, jobId), 0),
      id,
    ).toBe(1);
  }
});

test.concurrent("the document's five calls, as they stand there, end in a playable film of an empty timeline", async () => {
  const curls = (await readFile(curlsFile, 'utf8')).trim().split(/\n\n+/);
  const of = (method: string): string => curls.find((text) => text.includes(`/api/v1/${method}`)) ?? '';
  const shell = async (method: string, words: Readonly<Record<string, string>> = {}) => {
    const filled = Object.entries({ __API_BASE_URL__: stack.url, ...words });
    const script = filled.reduce((text, [word, value]) => text.replaceAll(word, value), of(method));
    const { stdout } = await run('bash', ['-c', script]);
    return z.looseObject({ data: z.record(z.string(), z.unknown()) }).parse(JSON.parse(stdout)).data;
  };
  await shell('account.register');
  const mailed = await mailedToken();
  await shell('account.verify_email', { '<from-the-email-we-sent>': mailed });
  const { access_token: token } = z.looseObject({ access_token: z.string() }).parse(await shell('account.login'));
  const minted = await shell('apikey.create', { '<access-token>': token });
  const { plaintext: key } = z.looseObject({ plaintext: z.string() }).parse(minted.api_key);
  secrets.push(mailed, token, key);
  const { id } = z.looseObject({ id: z.string() }).parse(await shell('render.create', { $VIDGENIE_KEY: key }));
  const get = async () => {
    const answer = await fetch(`${stack.url}/api/v1/render.get?id=${id}&wait=10`, { headers: { 'x-api-key': key } });
    return renderOf(answerSchema.parse(await answer.json()).data);
  };
  const render = await pollUntil(get, isOver);
  expect(render, JSON.stringify(render)).toMatchObject({ status: 'done', progress: 100, width: 1920, height: 1080, duration: 1 });
  const film = path.join(folder, 'empty.mp4');
  await writeFile(film, Buffer.from(await (await fetch(render.url ?? '')).arrayBuffer()));
  const facts = await probeFilm(film);
  expect(facts.video).toMatchObject({ width: 1920, height: 1080, frames: 30 });
});

test.concurrent('the quick start in one script ends in the same', async () => {
  const script = path.join(root, 'examples/vidgenie-quick-start.sh');
  const film = path.join(folder, 'quick-start.mp4');
  const { stdout } = await run('bash', [script, stack.url, stack.dataDir], { env: { ...process.env, FILM: film } });
  expect(stdout.trim().split('\n').at(-1)).toBe(film);
  expect((await probeFilm(film)).video).toMatchObject({ width: 1920, height: 1080, frames: 30 });
});

test.concurrent('a failure names the clip and its cause', async () => {
  const asset = { type: 'image', src: `${receiver.url}/gone.png` };
  const bad = { ...tiny(1), timeline: { tracks: [{ clips: [{ asset, start: 0, length: 1 }] }] } };
  const render = await untilOver(renderOf(await call('render.create', bad)).id);
  expect(render).toMatchObject({ status: 'failed', error: { path: 'timeline.tracks[0].clips[0].asset.src' } });
});

// In the long lane by itself, to be timed.
const isLong = scaled(200) === 200;
const besideOthers = isLong ? test : test.concurrent;

besideOthers('a render whose worker is killed is made by another one', { timeout: 240_000 }, async () => {
  const { id } = renderOf(await call('render.create', tiny(12, { size: { width: 640, height: 360 }, fps: 30 })));
  const jobId = await jobIdOf(id);
  const holder = await pollUntil(
    async () => workersOf().find((worker) => startsIn(worker, jobId) > 0) ?? null,
    (worker) => worker !== null,
  );
  await holder?.kill('SIGKILL');
  const killedAt = Date.now();
  const before = renderOf(await call('render.get', { id }));
  expect(isOver(before), 'the render was over before its worker was killed').toBe(false);
  const after = await untilOver(id);
  expect(after).toMatchObject({ status: 'done', attempts: 2 });
  const seconds = (Date.parse(String(after.finished_at)) - killedAt) / 1000;
  const taken = await stack.pool.query('SELECT max(started_at) AS at FROM steps WHERE job_id = $1', [jobId]);
  const takenAt = z.object({ at: z.date() }).parse(taken.rows[0]).at.getTime();
  const takenAfter = (takenAt - killedAt) / 1000;
  console.info(`taken over after ${takenAfter.toFixed(1)} s, finished after ${seconds.toFixed(1)} s`);
  // A lease lasts for 30 s. On a machine that has nothing else to do the film is finished within ten more, too.
  if (isLong) expect(takenAfter).toBeLessThanOrEqual(40);
  const others = workersOf().filter((worker) => worker !== holder);
  expect(others.map((worker) => startsIn(worker, jobId))).toEqual([1]);
});

test.concurrent('a running render ends when it is cancelled, and another one when its account is deleted', {
  timeout: 240_000,
}, async () => {
  const [username, password] = ['leaving', 'a password for a while'];
  const email = `${username}@example.com`;
  await call('account.register', { username, email, password }, {});
  const mailed = await mailedToken(email);
  await call('account.verify_email', { token: mailed }, {});
  const { access_token: token } = await call('account.login', { username, password }, {});
  secrets.push(password, mailed, String(token));
  const own = { authorization: `Bearer ${String(token)}` };
  const start = async (): Promise<string> => {
    const { id } = renderOf(await call('render.create', tiny(60, { size: { width: 1280, height: 720 }, fps: 30 }), own));
    await pollUntil(
      async () => renderOf(await call('render.get', { id, wait: 10 }, own)),
      ({ status }) => status !== 'queued',
    );
    return id;
  };
  const stateOf = async (id: string): Promise<unknown> =>
    (await stack.pool.query('SELECT state FROM jobs WHERE external_id = $1', [id])).rows[0];
  const cancelled = await start();
  await call('render.cancel', { id: cancelled }, own);
  await pollUntil(async () => renderOf(await call('render.get', { id: cancelled, wait: 10 }, own)), isOver);
  expect(await stateOf(cancelled)).toEqual({ state: 'cancelled' });
  const orphaned = await start();
  await call('account.delete', { password }, own);
  expect((await post('render.get', { id: orphaned }, own)).status).toBe(401);
  const end = await pollUntil(
    () => stateOf(orphaned),
    (row) => JSON.stringify(row) !== '{"state":"running"}',
  );
  expect(end).toEqual({ state: 'cancelled' });
});

test.concurrent('an independent library verifies deliveries before, during and after a rotation', {
  timeout: 240_000,
}, async () => {
  const hook = z.looseObject({ id: z.string(), webhook: z.looseObject({ secret: z.string() }) });
  const made = hook.parse(await call('webhook.create', { url: `${receiver.url}/genie`, events: ['render.done'] }));
  const rotate = async (overlap: number) =>
    hook.parse(await call('webhook.rotate_secret', { id: made.id, overlap_seconds: overlap })).webhook.secret;
  const eventSchema = z.looseObject({ type: z.string(), data: z.object({ render: renderSchema }) });
  const hookOf = async (): Promise<{ received: ReceivedCall; id: string }> => {
    const { id } = renderOf(await call('render.create', { ...tiny(1), callback: `${receiver.url}/once` }));
    return { received: await receivedAt('/genie', id), id };
  };
  const receivedAt = async (place: string, id: string): Promise<ReceivedCall> => {
    const received = await pollUntil(
      async () => receiver.calls.find((one) => one.path === place && one.body.includes(id)) ?? null,
      (found) => found !== null,
    );
    if (received === null) throw new Error('nothing was delivered');
    return received;
  };
  const verifies = ({ headers, body }: ReceivedCall, secret: string): boolean => {
    try {
      const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature'];
      new Webhook(secret).verify(body, Object.fromEntries(names.map((name) => [name, String(headers[name])])));
      return true;
    } catch {
      return false;
    }
  };
  const first = made.webhook.secret;
  const before = await hookOf();
  expect(verifies(before.received, first)).toBe(true);
  const event = eventSchema.parse(JSON.parse(before.received.body.toString()));
  expect(event).toMatchObject({ type: 'render.done', event: 'render.done', data: { render: { id: before.id, status: 'done' } } });
  const ofAccount = await secretOfAccount();
  const once = await receivedAt('/once', before.id);
  expect([verifies(once, ofAccount), verifies(once, first)]).toEqual([true, false]);
  const second = await rotate(3600);
  const during = await hookOf();
  expect([verifies(during.received, first), verifies(during.received, second)]).toEqual([true, true]);
  const third = await rotate(0);
  const after = await hookOf();
  expect([first, second, third].map((secret) => verifies(after.received, secret))).toEqual([false, false, true]);
  secrets.push(first, second, third, ofAccount);
  const log = z.looseObject({ deliveries: z.array(z.looseObject({ status: z.string(), attempts: z.array(z.unknown()) })) });
  const { deliveries } = log.parse(await call('webhook.deliveries', { id: made.id, status: 'delivered' }));
  expect(deliveries.length).toBeGreaterThanOrEqual(2);
});

test('passwords, tokens, keys and secrets stand in no log, no error, no row, no metric and no file', async () => {
  const written = new Map<string, string>();
  const [password = '', key = ''] = secrets;
  const wrong = {
    'account.login': { username: key, password },
    'account.register': { username: password, email: password, password, passwort: password },
    'account.verify_email': { token: secrets.find((text) => text.startsWith('vg_ev_')) },
    'account.reset_password': { token: key, password },
    'account.change_password': { current_password: password, new_password: password },
    'render.get': { id: key },
    'render.list': { cursor: key, metadata: key },
    'webhook.create': { url: 'https://example.com/', secret: password },
    'audit.list': { actor: key },
  };
  for (const [method, input] of Object.entries(wrong))
    for (const headers of [{ 'x-api-key': key }, { authorization: `Bearer ${key}x` }, {}]) {
      const answer = await post(method, input, headers);
      expect(answer.status, method).toBeGreaterThanOrEqual(400);
      written.set(`error of ${method} to ${Object.keys(headers).join()}`, await answer.text());
    }
  for (const place of await readdir(stack.dataDir, { recursive: true, withFileTypes: true })) {
    // The tokens of mails stand in the mails.
    if (!place.isFile() || path.basename(place.parentPath) === 'mail') continue;
    const file = path.join(place.parentPath, place.name);
    written.set(`file ${file}`, await readFile(file, 'latin1'));
  }
  for (const one of stack.processes) written.set(`log of ${one.name} ${one.pid}`, one.output());
  written.set('metrics', await (await fetch(`${stack.url}/metrics`)).text());
  const tables = z
    .array(z.object({ name: z.string() }))
    .parse((await stack.pool.query(`SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`)).rows);
  for (const { name } of tables) {
    const { rows } = await stack.pool.query(`SELECT t::text AS line FROM "${name}" AS t`);
    written.set(
      `table ${name}`,
      z
        .array(z.object({ line: z.string() }))
        .parse(rows)
        .map(({ line }) => line)
        .join('\n'),
    );
  }
  expect(secrets.length).toBeGreaterThan(5);
  expect(written.get('table audit_entries')).toContain('apikey.create');
  for (const [place, text] of written)
    for (const secret of secrets) expect(text.includes(secret), `${place} holds ${secret.slice(0, 8)}...`).toBe(false);
});
