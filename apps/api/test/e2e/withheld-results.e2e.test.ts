import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { type Stack, startStack } from '@polyreel/testkit/stack';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { makeInputs } from './media-files.ts';
import { pollUntil } from './wait.ts';

/**
 * A moderation endpoint that finds nothing in words and, once it is told to, graphic violence in every picture: whatever is made is
 * refused after it was made, by whichever API it was asked for.
 */
const askedSchema = z.object({ input: z.union([z.string(), z.array(z.object({ type: z.literal('image_url') }))]) });
let isRefusing = false;
let looks = 0;
const moderation = createServer((request, response) => {
  void (async () => {
    const { input } = askedSchema.parse(JSON.parse(await text(request)));
    const isPicture = typeof input !== 'string';
    looks += Number(isPicture);
    const flagged = isPicture && isRefusing;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ results: [{ flagged, categories: { 'violence/graphic': flagged } }] }));
  })();
});

let stack: Stack;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'polyreel-withheld-'));
  await new Promise<void>((resolve) => moderation.listen(0, '127.0.0.1', resolve));
  const address = moderation.address();
  if (address === null || typeof address === 'string') throw new Error('no address');
  stack = await startStack({
    workers: 0,
    env: { MODERATION_BASE_URL: `http://127.0.0.1:${address.port}/v1`, MODERATION_MODEL: 'omni-moderation-latest' },
  });
  // It says what can be done, and does none of it.
  await stack.startWorker({ WORKER_QUEUES: 'io' });
});
afterAll(async () => {
  await stack?.stop();
  moderation.closeAllConnections();
  moderation.close();
  await rm(folder, { recursive: true, force: true });
});

async function call(route: string, options: { body?: unknown; headers?: Record<string, string> } = {}): Promise<unknown> {
  const { body } = options;
  const isForm = body instanceof FormData;
  const answer = await fetch(`${stack.url}${route}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      ...{ 'x-api-key': stack.key, authorization: `Bearer ${stack.key}` },
      ...(body !== undefined && !isForm && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
  });
  return answer.json();
}

const form = async (fields: Readonly<Record<string, string>>, files: Readonly<Record<string, string>>): Promise<FormData> => {
  const made = new FormData();
  for (const [name, file] of Object.entries(files)) made.set(name, new Blob([await readFile(file)]), path.basename(file));
  for (const [name, value] of Object.entries(fields)) made.set(name, value);
  return made;
};

const statusOf = (answer: unknown): string =>
  z
    .union([
      z.looseObject({ status: z.string() }).transform(({ status }) => status),
      z.object({ data: z.looseObject({ status: z.string() }) }).transform(({ data }) => data.status),
    ])
    .parse(answer);
const over = ['COMPLETED', 'FAILED', 'failed', 'done', 'succeeded'];

test('a result that is refused after it was made shows no link through any API, and none of it is kept', async () => {
  const { image, audio } = await makeInputs(folder, 1);
  const run = z
    .looseObject({ id: z.string() })
    .parse(await call('/api/v2', { body: { action: 'generate', width: 64, height: 64, scenes: [{ prompt: 'a calm lake' }] } }));
  const { jobId } = z
    .looseObject({ jobId: z.string() })
    .parse(await call('/api/jobs', { body: await form({}, { image, audio }) }));
  const { job_id: flowId } = z.looseObject({ job_id: z.string() }).parse(
    await call('/api/v1/generate', {
      body: await form({ prompt: 'A calm day', length: '9', width: '128', height: '128' }, { image }),
    }),
  );
  const shape = { type: 'shape', shape: 'rectangle', rectangle: { width: 20, height: 20 } };
  const timeline = { tracks: [{ clips: [{ asset: shape, start: 0, length: 1 }] }] };
  const render = z.object({ data: z.looseObject({ id: z.string() }) }).parse(
    await call('/api/v1/render.create', {
      body: { timeline, output: { format: 'mp4', size: { width: 64, height: 36 }, fps: 5 } },
    }),
  );
  const { toolExecutionId } = z
    .object({ toolExecutionId: z.string() })
    .parse(await call('/v1/tools/generate-image', { body: { prompt: 'a calm lake', quality: 'LOW' } }));

  // Whatever was given has been looked at; from here on nothing passes.
  expect(looks).toBeGreaterThan(0);
  isRefusing = true;
  await stack.startWorker();
  const reason = 'Content failed the compliance check: graphic violence';
  const reads: readonly [string, () => Promise<unknown>, object][] = [
    [
      'Vidgen v2',
      () => call('/api/v2', { body: { action: 'status', id: run.id } }),
      {
        ...{ status: 'COMPLETED', compliance: 'unsafe', error: reason },
        meta: { compliance: 'unsafe', compliance_checked: true, images: [], fingerprint: null },
      },
    ],
    [
      'VidGen v1',
      () => call(`/api/status/${jobId}`),
      { status: 'FAILED', outputVideo: null, outputShareLink: null, errorMessage: reason },
    ],
    ['Vivid Flow', () => call(`/api/v1/status/${flowId}`), { status: 'FAILED', error: reason, error_type: 'RAI_FILTER' }],
    [
      'VidGenie',
      () => call('/api/v1/render.get', { body: { id: render.data.id } }),
      {
        data: {
          status: 'failed',
          url: null,
          render: { files: [], poster: null, thumbnail: null, error: { code: 'content_blocked', message: reason } },
        },
      },
    ],
    [
      'VideoGen',
      () => call(`/v1/tools/executions/${toolExecutionId}`),
      {
        ...{ status: 'failed', results: [], error: { code: 'content_policy_violation', message: reason } },
      },
    ],
  ];
  for (const [name, read, expected] of reads) {
    const answer = await pollUntil(read, (now) => over.includes(statusOf(now)), 240_000);
    expect(answer, name).toMatchObject(expected);
    expect(JSON.stringify(answer), name).not.toMatch(/https?:/);
  }
  // Lists are other doors to the same results.
  const lists = [
    await call('/api/jobs'),
    await call('/api/v1/history'),
    await call('/api/v1/render.list', { body: {} }),
    await call('/v1/tools/executions'),
    await call('/v1/files'),
  ];
  for (const list of lists) expect(JSON.stringify(list)).not.toMatch(/https?:/);
  const { rows } = await stack.pool.query(`SELECT id FROM files WHERE origin = 'output' AND account_id = $1`, [stack.accountId]);
  expect(rows).toEqual([]);
  const { rows: decisions } = await stack.pool.query(
    `SELECT surface FROM safety_decisions WHERE phase = 'after' AND outcome = 'blocked' ORDER BY surface`,
  );
  expect(decisions).toHaveLength(5);
});

test('an uploaded picture is judged before anything is made of it', async () => {
  const { image } = await makeInputs(folder, 1);
  const { fileId, uploadUrl } = z
    .object({ fileId: z.string(), uploadUrl: z.string() })
    .parse(await call('/v1/files/upload', { body: { displayName: 'portrait.jpg' } }));
  expect((await fetch(uploadUrl, { method: 'PUT', body: await readFile(image) })).status).toBeLessThan(300);
  const source = z.looseObject({ downloadSource: z.looseObject({ status: z.string() }) });
  await pollUntil(
    async () => source.parse(await call(`/v1/files/${fileId}`)),
    ({ downloadSource }) => downloadSource.status === 'ready',
  );
  const jobs = async () => (await stack.pool.query(`SELECT 1 FROM jobs WHERE kind <> 'process'`)).rowCount;
  const before = await jobs();
  for (const [tool, body] of [
    ['generate-video-clip', { startFrameFileId: fileId }],
    ['upscale-image', { imageFileId: fileId }],
  ] as const)
    expect(await call(`/v1/tools/${tool}`, { body }), tool).toMatchObject({ code: 'content_policy_violation' });
  expect(await jobs()).toBe(before);
});
