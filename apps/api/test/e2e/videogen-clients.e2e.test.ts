import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { type HttpsReceiver, startHttpsReceiver } from '@polyreel/testkit/https-receiver';
import { type Stack, startStack } from '@polyreel/testkit/stack';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { makeSmallFilm, makeSmallPortrait } from './videogen-clients/make-film.ts';
import { findPython, installClient } from './videogen-clients/install-client.ts';

const python = await findPython();
const isRequired = process.env.REQUIRE_ALL === '1';
const portrait = createRequire(import.meta.url).resolve('@polyreel/testkit/fixtures/portrait.jpg');
let stack: Stack;
let receiver: HttpsReceiver;
let folder: string;
let env: Record<string, string> = {};

beforeAll(async () => {
  if (python === null) return;
  folder = await mkdtemp(path.join(tmpdir(), 'polyreel-clients-'));
  receiver = await startHttpsReceiver();
  const ca = path.join(folder, 'ca.pem');
  await writeFile(ca, receiver.ca);
  stack = await startStack({
    env: { NODE_EXTRA_CA_CERTS: ca, OUTBOUND_ALLOW: `localhost:${receiver.port}`, WORKER_CONCURRENCY: 'cpu=2' },
  });
  env = {
    BASE_URL: stack.url,
    PORTRAIT: await makeSmallPortrait(folder, portrait),
    FILM: await makeSmallFilm(folder),
    IS_LONG: Number(process.env.TEST_SCALE ?? '0.05') >= 1 ? '1' : '0',
  };
});
afterAll(async () => {
  await stack?.stop();
  await receiver?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** Runs a lane; its standard output is one line of JSON. */
async function runLane(
  script: string,
  options: { client: string; env?: Record<string, string>; input?: string },
): Promise<unknown> {
  const lane = path.join(import.meta.dirname, 'videogen-clients', script);
  const child = spawn(python ?? 'python3', [lane], {
    env: { PATH: process.env.PATH ?? '', PYTHONPATH: options.client, PYTHONDONTWRITEBYTECODE: '1', ...env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end(options.input ?? '');
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  expect(code, `${script}\n${errors}`).toBe(0);
  console.info(errors);
  return JSON.parse(output);
}

test.runIf(python !== null || isRequired)(
  'the official clients of both generations find every method answered as documented',
  async () => {
    if (python === null) throw new Error('REQUIRE_ALL: this lane needs python3 with pip');
    const newest = await installClient(python, 'videogen>=2,<3', 'videogen-2');
    const first = await installClient(python, 'videogen==0.0.38', 'videogen-0');
    const { secret } = z
      .object({ secret: z.string() })
      .parse(await runLane('lane_2.py', { client: newest, env: { KEY: stack.key, HOOK_URL: `${receiver.url}/hook` } }));

    const raised = ['tool_execution.succeeded', 'file.upload.completed', 'file.download_ready', 'workflow_run.succeeded'];
    const wanted = new Set([...raised, 'project_export.succeeded']);
    const told = z.object({ event: z.string() });
    const arrived = () => new Set(receiver.calls.map(({ body }) => told.parse(JSON.parse(body.toString())).event));
    await expect.poll(arrived, { timeout: 120_000 }).toEqual(wanted);
    const bodies = receiver.calls.map(({ body }) => z.looseObject({ event: z.string() }).parse(JSON.parse(body.toString())));
    const exportFileId = expect.stringMatching(/^vg_file_/);
    const exported = { exportId: expect.stringMatching(/^vg_expo_/), exportFileId, error: null, occurredAt: expect.any(Number) };
    const run = { workflowType: 'SCRIPT_TO_VIDEO', downloadUrl: expect.stringMatching(/^http/), ...exported };
    expect(bodies.filter(({ event }) => event === 'workflow_run.succeeded')).toContainEqual(expect.objectContaining(run));
    expect(bodies.find(({ event }) => event === 'project_export.succeeded')).toMatchObject(exported);
    const calls = receiver.calls.map(({ headers, body }) => ({ headers, body: body.toString('base64') }));
    const events = z
      .array(z.string())
      .parse(await runLane('verify.py', { client: newest, input: JSON.stringify({ secret, calls }) }));
    expect(new Set(events)).toEqual(wanted);

    const other = await stack.createAccount();
    await runLane('lane_0.py', { client: first, env: { KEY: other.key } });
  },
  900_000,
);
