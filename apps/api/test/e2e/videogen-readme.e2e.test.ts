import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Stack, startStack } from '@polyreel/testkit/stack';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { makeSmallFilm } from './videogen-clients/make-film.ts';

const run = promisify(execFile);
const readme = path.resolve(import.meta.dirname, '../../../../packages/surfaces/src/videogen/README.md');
const portrait = createRequire(import.meta.url).resolve('@polyreel/testkit/fixtures/portrait.jpg');
let stack: Stack;
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'polyreel-readme-'));
  // Nobody runs the tools: what is held here is that each line of the README is taken.
  stack = await startStack({ env: { VIDEOGEN_RATE_LIMITS: 'webhook-create=off', WORKER_CONCURRENCY: 'cpu=1' } });
});
afterAll(async () => {
  await stack?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const call = async (method: string, url: string, body?: object): Promise<unknown> => {
  const answer = await fetch(`${stack.url}${url}`, {
    method,
    headers: { authorization: `Bearer ${stack.key}` },
    ...(body && { body: JSON.stringify(body) }),
  });
  return answer.json();
};
const created = z.object({ fileId: z.string(), uploadUrl: z.string() });

async function uploadFile(file: string, family: string): Promise<string> {
  const { fileId, uploadUrl } = created.parse(await call('POST', '/v1/files/upload', { displayName: path.basename(file) }));
  await fetch(uploadUrl, { method: 'PUT', body: await readFile(file) });
  const shown = z.object({ type: z.string().nullable() });
  await expect.poll(async () => shown.parse(await call('GET', `/v1/files/${fileId}`)).type, { timeout: 60_000 }).toBe(family);
  return fileId;
}

test('every curl of the README is answered, in the order of the README', async () => {
  const film = await makeSmallFilm(folder);
  const sound = path.join(folder, 'tone.wav');
  await run(process.env.FFMPEG_PATH ?? 'ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'sine=duration=0.5', sound]);
  const text = await readFile(readme, 'utf8');
  const block = /```sh\n([\s\S]*?)```/.exec(text)?.[1] ?? '';
  const [prelude, ...lines] = block
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#') && !/^(BASE|KEY)=/.test(line));
  expect(prelude).toMatch(/^api\(\)/);
  expect(lines.length).toBeGreaterThan(25);
  const { avatarPresenters } = z
    .object({ avatarPresenters: z.array(z.object({ avatarPresenterId: z.string() })) })
    .parse(await call('GET', '/v1/resources/avatar-presenters'));
  const names: Record<string, string> = {
    BASE: stack.url,
    KEY: stack.key,
    FILE_ID: await uploadFile(portrait, 'IMAGE'),
    VIDEO_ID: await uploadFile(film, 'VIDEO'),
    AUDIO_ID: await uploadFile(sound, 'AUDIO'),
    PRESENTER_ID: avatarPresenters[0]?.avatarPresenterId ?? '',
  };
  const idOf = z.object({ uploadUrl: z.string(), toolExecutionId: z.string(), endpointId: z.string() }).partial();
  const kept = { uploadUrl: 'UPLOAD_URL', toolExecutionId: 'EXECUTION_ID', endpointId: 'ENDPOINT_ID' } as const;
  for (const line of lines) {
    const command = `${prelude?.replace('curl -sS', 'curl -sS --fail-with-body')}\n${line.replace('-T picture.jpg', `--fail-with-body -T ${portrait}`)}`;
    const { stdout } = await run('bash', ['-c', command], { env: { PATH: process.env.PATH ?? '', ...names } }).catch(
      (error: unknown) => {
        throw new Error(`${line}\n${error instanceof Error && 'stdout' in error ? String(error.stdout) : ''}`, { cause: error });
      },
    );
    const answer = stdout.trim() === '' ? {} : idOf.parse(JSON.parse(stdout));
    for (const [field, name] of Object.entries(kept)) {
      const value: unknown = Reflect.get(answer, field);
      if (typeof value === 'string') names[name] = value;
    }
  }
}, 240_000);
