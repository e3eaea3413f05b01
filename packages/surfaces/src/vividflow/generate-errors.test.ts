import { writeFile } from 'node:fs/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Engine } from '@polyreel/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type FormPart,
  formBody,
  formType,
  type HarnessVividFlow,
  media,
  png,
  startVividFlow,
} from '../../test/harness-vividflow.ts';
import { keyText } from '@polyreel/testkit/surface-app';

let app: HarnessVividFlow;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'polyreel-vividflow-'));
  const picture = path.join(folder, 'picture.png');
  const text = path.join(folder, 'page.html');
  await writeFile(picture, await (await media).picture('png'));
  await writeFile(text, '<!doctype html><p>not a picture</p>');
  const downloads = new Map([
    ['https://pictures.test/a.png', picture],
    ['https://pictures.test/page', text],
  ]);
  app = await startVividFlow({ VIVIDFLOW_MAX_IMAGE_BYTES: '1MiB', VIVIDFLOW_RATE_LIMITS: 'hour=off,day=off' }, { downloads });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const part = async (change: Partial<FormPart>): Promise<FormPart> => ({ ...(await png()), ...change });
const requestId = /^[0-9a-f]{8}$/;

describe('generate refuses with 400', () => {
  it.each([
    ['no image part', null],
    ['an image sent as text', { name: 'image', content: 'image.png' }],
    ['a file under another name', { name: 'picture', content: 'x', filename: 'a.png', type: 'image/png' }],
  ] as const)('%s: No image file provided', async (_title, image) => {
    const answer = await app.generate({}, { image });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toEqual({ error: 'No image file provided', request_id: expect.stringMatching(requestId) });
  });

  it('a JSON body: No image file provided', async () => {
    const answer = await app.inject({
      method: 'POST',
      url: '/api/v1/generate',
      headers: { 'x-api-key': keyText('owner'), 'content-type': 'application/json' },
      payload: JSON.stringify({ prompt: 'a fox', image: 'x' }),
    });
    expect([answer.statusCode, answer.json().error]).toEqual([400, 'No image file provided']);
  });

  it.each([
    ['an empty file name', { filename: '', content: '', type: 'application/octet-stream' }],
    ['zero bytes', { content: '' }],
  ])('%s: No selected file', async (_title, change) => {
    const answer = await app.generate({}, { image: await part(change) });
    expect([answer.statusCode, answer.json().error]).toEqual([400, 'No selected file']);
  });

  it('other content, whatever its name and type say: Invalid image type', async () => {
    for (const content of ['GIF89a not a picture at all', '<svg xmlns="http://www.w3.org/2000/svg"/>', 'plain text']) {
      const answer = await app.generate({}, { image: await part({ content }) });
      expect([answer.statusCode, answer.json().error]).toEqual([400, 'Invalid image type. Allowed: png, jpg, jpeg, webp']);
    }
  });

  it('a png that ends in the middle', async () => {
    const whole = await (await media).picture('png', { width: 200, height: 200 });
    const answer = await app.generate({}, { image: await part({ content: whole.subarray(0, whole.length / 2) }) });
    expect([answer.statusCode, answer.json().error]).toEqual([400, 'Image could not be decoded']);
  });

  it('a picture over the limit, with the limit in its words', async () => {
    const answer = await app.generate({}, { image: await part({ content: Buffer.alloc(1024 * 1024 + 1) }) });
    expect([answer.statusCode, answer.json().error]).toEqual([400, 'Image is too large (max 1 MB)']);
    const documented = await startVividFlow();
    const large = await documented.generate({}, { image: await part({ content: Buffer.alloc(10 * 1024 * 1024 + 1) }) });
    expect([large.statusCode, large.json().error]).toEqual([400, 'Image is too large (max 10 MB)']);
  });

  it.each([
    [{ prompt: '' }, 'Prompt is required'],
    [{ prompt: '   ' }, 'Prompt is required'],
    [{ prompt: 'ab' }, 'Prompt must be at least 3 characters'],
    [{ model: 'sora' }, 'Unknown model: sora'],
    [{ image_url: 'https://pictures.test/a.png' }, 'Cannot have both'],
  ])('%j: %s', async (fields, error) => {
    const answer = await app.generate(fields);
    expect([answer.statusCode, answer.json().error]).toEqual([400, error]);
  });

  it.each([
    [{ cfg: '25' }, ['cfg must be between 1.0 and 20.0']],
    [{ cfg: '0.99' }, ['cfg must be between 1.0 and 20.0']],
    [{ cfg: 'NaN' }, ['cfg must be between 1.0 and 20.0']],
    [{ length: '242' }, ['length must be an integer between 1 and 241']],
    [{ length: '80.5' }, ['length must be an integer between 1 and 241']],
    [{ width: '1281' }, ['width must be an even integer between 128 and 1920']],
    [{ height: '126' }, ['height must be an even integer between 128 and 1920']],
    [{ steps: '0' }, ['steps must be an integer between 1 and 100']],
    [{ seed: '-2' }, ['seed must be -1 or an integer between 0 and 4294967295']],
    [{ seed: '4294967296' }, ['seed must be -1 or an integer between 0 and 4294967295']],
    [{ negative_prompt: 'x'.repeat(2001) }, ['negative_prompt must have at most 2000 characters']],
    [{ prompt: 'a\u0000bc' }, ['prompt must not contain NUL characters']],
    [{ seed: ['1', '2'] }, ['seed must be given once']],
    [{ model: 'veo3.1', duration_seconds: '5' }, ['duration_seconds must be 4, 6, or 8']],
    [{ model: 'veo3.1', resolution: '480p' }, ['resolution must be 720p or 1080p']],
    [{ model: 'veo3.1', aspect_ratio: '1:1' }, ['aspect_ratio must be 16:9 or 9:16']],
    [{ model: 'veo3.1', person_generation: 'maybe' }, ['person_generation must be allow_adult, allow_all, or deny']],
    [{ model: 'veo3.1', person_generation: 'constructor' }, ['person_generation must be allow_adult, allow_all, or deny']],
    [{ model: 'veo3.1', generate_audio: 'maybe' }, ['generate_audio must be true or false']],
    [{ model: 'veo3.1', enhance_prompt: '2' }, ['enhance_prompt must be true or false']],
    [{ model: 'veo3.1', camera_motion: 'x'.repeat(501) }, ['camera_motion must have at most 500 characters']],
  ])('%j: Invalid parameters with details', async (fields, details) => {
    const answer = await app.generate(fields);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toEqual({ error: 'Invalid parameters', details, request_id: expect.stringMatching(requestId) });
  });

  it('all bad fields at once', async () => {
    const answer = await app.generate({ cfg: '0', width: 'x', length: '0', steps: '-1' });
    expect(answer.json().details).toHaveLength(4);
  });

  it('a body that is no form', async () => {
    const answer = await app.inject({
      method: 'POST',
      url: '/api/v1/generate',
      headers: { 'x-api-key': keyText('owner'), 'content-type': formType },
      payload: formBody([await png()]).subarray(0, 200),
    });
    expect(answer.statusCode, answer.body).toBe(400);
  });

  it('an image_url that cannot be fetched or is no picture; one that is makes a job', async () => {
    const unreachable = await app.generate({ image_url: 'https://pictures.test/none' }, { image: null });
    expect(unreachable.json()).toMatchObject({
      error: 'Invalid parameters',
      details: ['image_url: The server could not be reached'],
    });
    const page = await app.generate({ image_url: 'https://pictures.test/page' }, { image: null });
    expect(page.json().error).toBe('Invalid image type. Allowed: png, jpg, jpeg, webp');
    const empty = await part({ filename: '', content: '', type: 'application/octet-stream' });
    const good = await app.generate({ image_url: 'https://pictures.test/a.png' }, { image: empty });
    expect(good.statusCode, good.body).toBe(202);
  });
});

describe('generate refuses with other states', () => {
  it('413 for a body beyond the hard limit, announced or not', async () => {
    const content = Buffer.alloc(4 * 1024 * 1024);
    const answer = await app.generate({}, { image: await part({ content }) });
    expect([answer.statusCode, answer.json().error]).toEqual([413, 'Request is too large']);
    const url = await app.listen();
    const body = formBody([await part({ content })]);
    const chunked = await fetch(`${url}/api/v1/generate`, {
      method: 'POST',
      headers: { 'x-api-key': keyText('owner'), 'content-type': formType },
      body: new ReadableStream({
        start(controller) {
          for (let at = 0; at < body.length; at += 65_536) controller.enqueue(body.subarray(at, at + 65_536));
          controller.close();
        },
      }),
      duplex: 'half',
    });
    expect([chunked.status, await chunked.json()]).toMatchObject([413, { error: 'Request is too large' }]);
  });

  it('429 with details, retry_after and Retry-After over the hourly and the daily limit', async () => {
    for (const limits of ['hour=2/1h,day=off', 'hour=off,day=2/1d']) {
      const limited = await startVividFlow({ VIVIDFLOW_RATE_LIMITS: limits });
      await limited.submit();
      await limited.submit();
      const answer = await limited.generate();
      expect(answer.statusCode).toBe(429);
      const body = answer.json();
      expect(body).toMatchObject({ error: 'Rate limit exceeded', details: expect.any(String), retry_after: expect.any(Number) });
      expect(answer.headers['retry-after']).toBe(String(body.retry_after));
      expect((await limited.generate({}, { key: 'ownerSecond' })).statusCode).toBe(202);
      expect((await limited.call('GET', '/api/v1/usage')).statusCode).toBe(200);
    }
  });

  it('429 when the account has too many jobs', async () => {
    const full = await startVividFlow({}, { maxActiveJobsPerAccount: 1 });
    await full.submit();
    const answer = await full.generate();
    expect([answer.statusCode, answer.json().error]).toEqual([429, 'Rate limit exceeded']);
    expect(answer.headers['retry-after']).toBeDefined();
  });

  it('503 while no worker can do it, and while storage is full', async () => {
    const idle = await startVividFlow({}, { capabilities: [] });
    const full = await startVividFlow({}, { freeBytes: () => 0 });
    for (const server of [idle, full]) {
      const answer = await server.generate();
      expect(answer.statusCode, answer.body).toBe(503);
      expect(answer.headers['retry-after']).toBeDefined();
    }
  });

  it('500 with no word of the cause', async () => {
    const changeEngine = (engine: Engine): Engine => ({
      ...engine,
      submit: () => Promise.reject(new Error('secret path /var/x')),
    });
    const broken = await startVividFlow({}, { changeEngine });
    const answer = await broken.generate();
    expect([answer.statusCode, answer.json()]).toEqual([
      500,
      { error: 'Internal server error', request_id: expect.stringMatching(requestId) },
    ]);
  });
});
