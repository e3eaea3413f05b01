import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Stack, startStack } from '@polyreel/testkit/stack';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { probeFilm } from './media-files.ts';
import { restoreIndentation } from './restore-indentation.ts';

const run = promisify(execFile);
let stack: Stack;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'polyreel-e2e-'));
  stack = await startStack();
});
afterAll(async () => {
  await stack?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The document's client with base URL and key replaced as text. */
async function seedClient(file: string): Promise<string> {
  const text = await readFile(path.join(import.meta.dirname, 'seed-clients', file), 'utf8');
  return text.replace('https://vidgen.umbrosus.com/api/v2', `${stack.url}/api/v2`).replace('your-api-key', stack.key);
}

async function checkFilm(printed: string): Promise<void> {
  const url = /URL: (\S+)/.exec(printed)?.[1] ?? '';
  const answer = await fetch(url);
  expect([answer.status, answer.headers.get('content-type')]).toStrictEqual([200, 'video/mp4']);
  const film = path.join(folder, 'film.mp4');
  await writeFile(film, Buffer.from(await answer.arrayBuffer()));
  const { video, seconds } = await probeFilm(film);
  expect(video).toMatchObject({ width: 832, height: 480, r_frame_rate: '16/1', frames: 80 });
  expect(seconds).toBe(5);
}

test("the document's JavaScript runs unchanged to a film", async () => {
  const file = path.join(folder, 'client.mjs');
  await writeFile(file, await seedClient('vidgen-v2.js.txt'));
  const { stdout } = await run(process.execPath, [file], { timeout: 200_000 });
  expect(stdout).toMatch(/^Video URL: http/);
  await checkFilm(stdout);
});

test("the document's Python runs unchanged to a film", async () => {
  const file = path.join(folder, 'client.py');
  await writeFile(file, restoreIndentation(await seedClient('vidgen-v2.py.txt')));
  const { stdout } = await run('/usr/bin/python3', [file], { timeout: 200_000 });
  expect(stdout).toMatch(/^URL: http/);
  await checkFilm(stdout);
});
