import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type FakeComfy, productionModels, startFakeComfy } from '@polyreel/testkit/comfyui';
import { type Stack, startStack } from '@polyreel/testkit/stack';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { makeInputs, probeFilm } from './media-files.ts';
import { pollUntil } from './wait.ts';

const statusSchema = z.looseObject({
  status: z.string(),
  meta: z.object({ images: z.array(z.object({ url: z.string(), type: z.string() })) }).optional(),
});
const prompts = ['a heron over a marsh', 'rain on a tin roof'];

let stack: Stack;
let fakes: FakeComfy[];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'polyreel-e2e-'));
  // Without what films between two pictures need; the second one behind a proxy with a path and a token.
  const models = { ...productionModels, loras: (productionModels.loras ?? []).filter((file) => !file.includes('i2v')) };
  fakes = await Promise.all([
    startFakeComfy({ models }),
    startFakeComfy({ models, pathPrefix: '/cards/2', requiredHeader: ['x-token', 'open sesame'] }),
  ]);
  stack = await startStack({
    env: {
      COMFYUI_URLS: fakes.map(({ url }) => url).join(','),
      COMFYUI_HEADERS: '{"X-Token":"open sesame"}',
      COMFYUI_WARM_UP: 'off',
    },
  });
});
afterAll(async () => {
  await stack?.stop();
  await Promise.all((fakes ?? []).map((fake) => fake.close()));
  await rm(folder, { recursive: true, force: true });
});

const call = (body: unknown): Promise<Response> =>
  fetch(`${stack.url}/api/v2`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${stack.key}` },
    body: JSON.stringify(body),
  });
const submit = async (body: Record<string, unknown>): Promise<string> => {
  const answer = await call({ action: 'generate', width: 128, height: 96, seed: 5, ...body });
  expect(answer.headers.get('x-polyreel-runner')).toBe('comfyui');
  return z.object({ id: z.string() }).parse(await answer.json()).id;
};
const waitForFilm = async (id: string): Promise<string> => {
  const done = await pollUntil(
    async () => statusSchema.parse(await (await call({ action: 'status', id })).json()),
    (answer) => !['IN_QUEUE', 'IN_PROGRESS'].includes(answer.status),
  );
  expect(done.status).toBe('COMPLETED');
  const film = path.join(folder, `${id}.mp4`);
  const url = done.meta?.images.find((image) => image.type === 'signed')?.url ?? '';
  await writeFile(film, Buffer.from(await (await fetch(url)).arrayBuffer()));
  return film;
};
async function submitTalking(): Promise<string> {
  const { image, audio } = await makeInputs(folder);
  const form = new FormData();
  form.append('image', new Blob([await readFile(image)]), 'portrait.jpg');
  form.append('audio', new Blob([await readFile(audio)]), 'voiceover.mp3');
  const created = await fetch(`${stack.url}/api/jobs`, { method: 'POST', headers: { 'X-API-Key': stack.key }, body: form });
  return z.object({ jobId: z.string() }).parse(await created.json()).jobId;
}
const talkingStatus = async (jobId: string) =>
  z
    .object({ status: z.string(), outputVideo: z.string().nullable() })
    .parse(await (await fetch(`${stack.url}/api/status/${jobId}`, { headers: { 'X-API-Key': stack.key } })).json());
const postsOf = () => fakes.map((fake) => fake.posts.length);
/** Prompts stop in the middle of sampling until the returned function is called. */
function holdSamplers(): () => void {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  for (const fake of fakes) fake.onPhase((phase) => (phase === 'sampling' ? held : undefined));
  return () => {
    release();
    for (const fake of fakes) fake.onPhase(null);
  };
}

test('scenes of one Vidgen v2 job run on both cards, pictures come while they do, and no word of a prompt is left in the film', async () => {
  const release = holdSamplers();
  const id = await submit({ scenes: prompts.map((prompt) => ({ prompt })) });
  await pollUntil(
    async () => fakes.map((fake) => fake.load()),
    (loads) => loads.every((load) => load === 1),
  );
  const events = await fetch(`${stack.url}/jobs/${id}/events`, { headers: { Authorization: `Bearer ${stack.key}` } });
  release();
  const told = await events.text();
  const [preview] = told.split('\n\n').filter((event) => event.includes('event: preview'));
  expect(preview).toMatch(/"url":"http[^"]+","version":1/);
  const film = await waitForFilm(id);
  expect((await probeFilm(film)).video).toMatchObject({ width: 128, height: 96, r_frame_rate: '16/1', frames: 160 });
  const bytes = await readFile(film);
  for (const prompt of prompts) expect(bytes.includes(prompt)).toBe(false);
  const { rows } = await stack.pool.query(
    `SELECT count(*)::int AS count FROM files WHERE display_name = 'preview.jpg' AND expires_at > now()`,
  );
  expect(rows).toEqual([{ count: 0 }]);
});

test('a VidGen v1 job speaks for as long as its voice', async () => {
  const jobId = await submitTalking();
  const done = await pollUntil(
    () => talkingStatus(jobId),
    ({ status }) => !['PENDING', 'PROCESSING'].includes(status),
  );
  expect(done.status).toBe('COMPLETED');
  const film = path.join(folder, 'talking.mp4');
  await writeFile(film, Buffer.from(await (await fetch(done.outputVideo ?? '')).arrayBuffer()));
  const { video, audio } = await probeFilm(film);
  expect(audio).toBeDefined();
  expect(Math.abs((video?.seconds ?? 0) - 2)).toBeLessThan(0.1);
});

test('a worker that is stopped leaves its prompts running, and the next one goes on with them', async () => {
  const before = postsOf();
  const release = holdSamplers();
  const id = await submit({ scenes: prompts.map((prompt) => ({ prompt })), seed: 6 });
  await pollUntil(
    async () => fakes.map((fake) => fake.load()),
    (loads) => loads.every((load) => load === 1),
  );
  expect(await stack.processes.find((one) => one.name === 'worker')?.kill('SIGTERM')).toBe(0);
  expect(fakes.map((fake) => fake.load())).toEqual([1, 1]);
  await stack.startWorker();
  release();
  await waitForFilm(id);
  expect(postsOf()).toEqual(before.map((count) => count + 1));
});

test('a cancelled job frees its card', async () => {
  const release = holdSamplers();
  try {
    const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${stack.key}` };
    const tools = `${stack.url}/v1/tools`;
    const body = JSON.stringify({ prompt: 'a red lighthouse', aspectRatio: { width: 1, height: 1 } });
    const created = await fetch(`${tools}/generate-image`, { method: 'POST', headers, body });
    const { toolExecutionId } = z.looseObject({ toolExecutionId: z.string() }).parse(await created.json());
    await pollUntil(
      async () => fakes.map((fake) => fake.load()),
      (loads) => loads.some((load) => load === 1),
    );
    const cancelled = await fetch(`${tools}/executions/${toolExecutionId}/cancel`, { method: 'POST', headers });
    expect(cancelled.status).toBe(202);
    await pollUntil(
      async () => fakes.flatMap((fake) => fake.calls),
      (calls) => calls.some((one) => one.endsWith('/cancel')),
    );
    release();
    await pollUntil(
      async () => fakes.map((fake) => fake.load()),
      (loads) => loads.every((load) => load === 0),
    );
    const { rows } = await pollUntil(
      () => stack.pool.query(`SELECT state FROM jobs WHERE cancel_requested_at IS NOT NULL`),
      (answer) => answer.rows.every((row) => row.state !== 'running'),
    );
    expect(rows).toEqual([{ state: 'cancelled' }]);
  } finally {
    release();
  }
});

test('what no card could do in the last 15 minutes is refused at once, in the words of the surface', async () => {
  const { image } = await makeInputs(folder);
  const frame = `data:image/jpeg;base64,${(await readFile(image)).toString('base64')}`;
  const answer = await call({ action: 'generate', scenes: [{ prompt: 'sea', start_frame: frame, end_frame: frame }] });
  expect(answer.status).toBe(502);
  expect(JSON.stringify(await answer.json())).toContain('Generation failed');
});
