import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Stack, startStack } from '@polyreel/testkit/stack';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { callJson } from './call-json.ts';
import { makeSmallFilm } from './videogen-clients/make-film.ts';

const run = promisify(execFile);
const readme = path.resolve(import.meta.dirname, '../../../../packages/surfaces/src/videogen/README.md');
const portrait = createRequire(import.meta.url).resolve('@polyreel/testkit/fixtures/portrait.jpg');
let stack: Stack;
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'polyreel-readme-'));
  stack = await startStack({ env: { VIDEOGEN_RATE_LIMITS: 'webhook-create=off', WORKER_CONCURRENCY: 'cpu=1' } });
});
afterAll(async () => {
  await stack?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const call = (method: string, url: string, body?: object): Promise<unknown> => callJson(stack, method, url, body);
const created = z.object({ fileId: z.string(), uploadUrl: z.string() });

async function uploadFile(file: string, family: string): Promise<string> {
  const { fileId, uploadUrl } = created.parse(await call('POST', '/v1/files/upload', { displayName: path.basename(file) }));
  await fetch(uploadUrl, { method: 'PUT', body: await readFile(file) });
  const shown = z.object({ type: z.string().nullable() });
  await expect.poll(async () => shown.parse(await call('GET', `/v1/files/${fileId}`)).type, { timeout: 60_000 }).toBe(family);
  return fileId;
}

/** The clip of a second, so that there is something to export. */
async function makeProject(): Promise<string> {
  const clip = { prompt: 'waves', durationSeconds: 1, quality: 'LOW', aspectRatio: { width: 1, height: 1 } };
  const started = z.object({ workflowRunId: z.string(), projectId: z.string() });
  const { workflowRunId, projectId } = started.parse(await call('POST', '/v1/workflows/prompt-to-video-clip', clip));
  const shown = z.object({ status: z.string() });
  const statusNow = async () => shown.parse(await call('GET', `/v1/workflows/runs/${workflowRunId}`)).status;
  await expect.poll(statusNow, { timeout: 120_000 }).toBe('succeeded');
  return projectId;
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
  expect(lines.length).toBeGreaterThan(36);
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
    MADE_PROJECT_ID: await makeProject(),
  };
  // From here on nobody runs what is started: what is held is that each line of the README is taken.
  await stack.processes.find(({ name }) => name === 'worker')?.kill('SIGTERM');
  const idOf = z.record(z.string(), z.unknown());
  const kept = {
    ...{ uploadUrl: 'UPLOAD_URL', toolExecutionId: 'EXECUTION_ID', endpointId: 'ENDPOINT_ID', workflowRunId: 'RUN_ID' },
    ...{ projectId: 'PROJECT_ID', exportId: 'EXPORT_ID' },
  };
  for (const line of lines) {
    const command = `${prelude?.replace('curl -sS', 'curl -sS --fail-with-body')}\n${line.replace('-T picture.jpg', `--fail-with-body -T ${portrait}`)}`;
    const { stdout } = await run('bash', ['-c', command], { env: { PATH: process.env.PATH ?? '', ...names } }).catch(
      (error: unknown) => {
        throw new Error(`${line}\n${error instanceof Error && 'stdout' in error ? String(error.stdout) : ''}`, { cause: error });
      },
    );
    const answer = stdout.trim() === '' ? {} : idOf.parse(JSON.parse(stdout));
    for (const [field, name] of Object.entries(kept)) {
      const value = answer[field];
      if (typeof value === 'string') names[name] = value;
    }
  }
}, 240_000);
