import { execFile } from 'node:child_process';
import { appendFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Stack, startStack } from '@polyreel/testkit/stack';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeInputs } from './media-files.ts';

const run = promisify(execFile);
const limitBytes = 50 * 1024 * 1024;
let stack: Stack;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'polyreel-e2e-'));
  stack = await startStack({ workers: 1 });
});
afterAll(async () => {
  await stack?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Peak and present memory of a process, in MiB. */
async function memory(pid: number): Promise<{ peak: number; now: number }> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8');
  const read = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(text)?.[1]) / 1024;
  return { peak: read('VmHWM'), now: read('VmRSS') };
}

async function post(image: string, audio: string): Promise<{ status: number; body: string }> {
  const { stdout } = await run('curl', [
    '-sS',
    '-w',
    '\n%{http_code}',
    `${stack.url}/api/jobs`,
    '-H',
    `X-API-Key: ${(await stack.createAccount()).key}`,
    '-F',
    `image=@${image}`,
    '-F',
    `audio=@${audio}`,
  ]);
  const [status, ...rest] = stdout.trim().split('\n').toReversed();
  return { status: Number(status), body: rest.toReversed().join('\n') };
}

test('two files of exactly 50 MB are taken, and the api grows by less than 64 MB', async () => {
  const { image, audio } = await makeInputs(folder);
  expect((await post(image, audio)).status).toBe(201);
  const wav = path.join(folder, 'long.wav');
  await run('ffmpeg', [
    '-v',
    'error',
    '-y',
    '-f',
    'lavfi',
    '-i',
    'sine=frequency=200:sample_rate=48000:duration=270',
    '-ac',
    '2',
    wav,
  ]);
  await appendFile(wav, Buffer.alloc(limitBytes - (await stat(wav)).size));
  const big = path.join(folder, 'big.jpg');
  await run('cp', [image, big]);
  await appendFile(big, Buffer.alloc(limitBytes - (await stat(big)).size));
  const api = stack.processes.find((one) => one.name === 'api');
  const before = await memory(api?.pid ?? 0);
  const { status, body } = await post(big, wav);
  expect([status, body]).toStrictEqual([201, expect.stringContaining('Job created')]);
  const after = await memory(api?.pid ?? 0);
  expect(after.peak - Math.max(before.now, 0)).toBeLessThan(64);
});

test('one byte more than 50 MB is 413', async () => {
  const { image, audio } = await makeInputs(folder);
  const big = path.join(folder, 'bigger.jpg');
  await run('cp', [image, big]);
  await appendFile(big, Buffer.alloc(limitBytes + 1 - (await stat(big)).size));
  expect(await post(big, audio)).toStrictEqual({ status: 413, body: '{"error":"File exceeds the 50 MB limit"}' });
});
