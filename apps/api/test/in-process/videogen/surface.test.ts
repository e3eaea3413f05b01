import { scaled } from '@polyreel/testkit/scale';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type InProcessApp, startApp } from '../start-app.ts';
import { type Caller, createCaller } from './calls.ts';

let app: InProcessApp;
let owner: Caller;
let stranger: Caller;
let url = '';
beforeAll(async () => {
  app = await startApp({ env: { VIDEOGEN_RATE_LIMITS: 'webhook-create=3/1h,upload=off', MAX_UPLOAD_BYTES: '3000000' } });
  url = await app.listen();
  [owner, stranger] = [await createCaller(app), await createCaller(app)];
});
afterAll(() => app.stop());

const created = z.object({ fileId: z.string().regex(/^vg_file_[\w-]{22}$/), uploadUrl: z.string() });
const upload = async (who: Caller, more: object = {}) =>
  created.parse((await who.call('POST', '/v1/files/upload', { displayName: 'a file', ...more })).body);
/** The link names the public base; the test's server listens elsewhere. */
const put = (uploadUrl: string, body: string | Uint8Array<ArrayBuffer>) =>
  fetch(`${url}${new URL(uploadUrl).pathname}`, { method: 'PUT', body });
const started = z.strictObject({ toolExecutionId: z.string().regex(/^vg_exec_[\w-]{22}$/) });
const startSound = async (who: Caller, body: object = { prompt: 'rain' }) =>
  started.parse((await who.call('POST', '/v1/tools/generate-sound-effect', body)).body).toolExecutionId;

describe('every answer', () => {
  it('carries a request id, and the limits of its group', async () => {
    const { headers } = await owner.call('GET', '/v1/files');
    expect(headers).toMatchObject({ 'x-request-id': expect.any(String), 'x-ratelimit-limit': '50000' });
    expect(Number(headers['x-ratelimit-reset'])).toBeGreaterThan(Date.now() / 1000 - 1);
  });

  it('is 429 with Retry-After beyond the limit of its group, and no other group is slowed', async () => {
    const limited = await createCaller(app);
    const create = () =>
      limited.call('POST', '/v1/webhooks/endpoints', { url: 'https://a.example/x', events: ['file.playback_ready'] });
    for (let index = 0; index < 3; index += 1) expect((await create()).status).toBe(201);
    const refused = await create();
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited' }, headers: { 'x-ratelimit-remaining': '0' } });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await limited.call('GET', '/v1/webhooks/endpoints')).status).toBe(200);
  });

  it.each([
    ['GET', '/v1/nothing', undefined, 404, 'not_found'],
    ['PATCH', '/v1/files', undefined, 405, 'method_not_allowed'],
    ['POST', '/v1/tools/generate-sound-effect', '{"prompt":', 400, 'invalid_request'],
    ['POST', '/v1/tools/generate-sound-effect', '[]', 400, 'invalid_parameters'],
    ['POST', '/v1/tools/generate-sound-effect', { prompt: ' ' }, 400, 'invalid_parameters'],
    ['POST', '/v1/tools/generate-sound-effect', { prompt: 'x', durationSeconds: 31 }, 400, 'invalid_parameters'],
    ['POST', '/v1/tools/generate-sound-effect', { prompt: 'x', numResults: 101 }, 400, 'invalid_parameters'],
    ['POST', '/v1/tools/generate-video-clip', {}, 400, 'invalid_parameters'],
    ['POST', '/v1/tools/generate-video-clip', { prompt: 'x', aspectRatio: { width: 9, height: 1 } }, 400, 'invalid_parameters'],
    ['POST', '/v1/tools/upscale-image', {}, 400, 'invalid_parameters'],
    ['POST', '/v1/tools/upscale-image', { imageFileId: 'file_1' }, 400, 'invalid_id'],
    ['POST', '/v1/tools/upscale-image', { imageFileId: 'vg_file_AAAAAAAAAAAAAAAAAAAAAA' }, 404, 'not_found'],
    ['POST', '/v1/tools/generate-avatar', { avatarPresenterId: 'vg_pres_none', audioFileId: 'vg_file_x' }, 404, 'not_found'],
    ['POST', '/v1/tools/generate-motion-graphic', { prompt: 'x' }, 400, 'invalid_parameters'],
    ['POST', '/v1/workflows/script-to-video', { script: 'x' }, 400, 'invalid_parameters'],
    ['GET', '/v1/files?limit=0', undefined, 400, 'invalid_parameters'],
    ['GET', '/v1/files?cursor=x', undefined, 400, 'invalid_parameters'],
    ['GET', '/v1/files?selfOnly=yes', undefined, 400, 'invalid_parameters'],
    ['GET', '/v1/files/vg_exec_abc', undefined, 400, 'invalid_id'],
    ['GET', '/v1/tools/executions/abc', undefined, 400, 'invalid_id'],
    ['GET', '/v1/tools/executions/vg_exec_abc', undefined, 404, 'not_found'],
    ['POST', '/v1/webhooks/endpoints', { url: 'http://a.example', events: ['file.playback_ready'] }, 400, 'invalid_parameters'],
    [
      'POST',
      '/v1/webhooks/endpoints',
      { url: 'https://127.0.0.1/x', events: ['file.playback_ready'] },
      400,
      'invalid_parameters',
    ],
    ['POST', '/v1/webhooks/endpoints', { url: 'https://a.example', events: ['no.such'] }, 400, 'invalid_parameters'],
    ['DELETE', '/v1/webhooks/endpoints/ep_AAAAAAAAAAAAAAAAAAAAAA', undefined, 404, 'not_found'],
  ] as const)('%s %s %j is %d %s, flat', async (method, path, body, status, code) => {
    const fresh = await createCaller(app);
    const answer = await fresh.call(method, path, body);
    expect(answer).toMatchObject({ status, body: { message: expect.any(String), code } });
  });

  it('names the missing prompt as the document does', async () => {
    expect((await owner.call('POST', '/v1/tools/generate-image', { prompt: '' })).body).toEqual({
      message: 'prompt is required',
      code: 'invalid_parameters',
    });
  });
});

describe("somebody else's", () => {
  it('file, execution and endpoint are 404 in every call, and stay as they were', async () => {
    const { fileId } = await upload(owner);
    const execution = await startSound(owner);
    const hook = { url: 'https://a.example/x', events: ['tool_execution.failed'] };
    const { endpointId } = z
      .object({ endpointId: z.string() })
      .parse((await owner.call('POST', '/v1/webhooks/endpoints', hook)).body);
    const calls = [
      ['GET', `/v1/files/${fileId}`],
      ['POST', `/v1/files/${fileId}/hydrate`],
      ['POST', `/v1/files/${fileId}/archive`],
      ['POST', `/v1/files/${fileId}/enable-public-preview`],
      ['POST', `/v1/files/${fileId}/disable-public-preview`],
      ['GET', `/v1/tools/executions/${execution}`],
      ['POST', `/v1/tools/executions/${execution}/cancel`],
      ['DELETE', `/v1/webhooks/endpoints/${endpointId}`],
    ] as const;
    for (const [method, path] of calls)
      expect(await stranger.call(method, path), `${method} ${path}`).toMatchObject({ status: 404, body: { code: 'not_found' } });
    for (const [path, name] of [
      ['upscale-image', 'imageFileId'],
      ['upscale-video', 'videoFileId'],
    ])
      expect(await stranger.call('POST', `/v1/tools/${path}`, { [name ?? '']: fileId })).toMatchObject({ status: 404 });
    expect((await stranger.call('GET', '/v1/files')).body).toMatchObject({ files: [] });
    expect((await stranger.call('GET', '/v1/tools/executions')).body).toMatchObject({ toolExecutions: [] });
    expect((await stranger.call('GET', '/v1/webhooks/endpoints')).body).toMatchObject({ endpoints: [] });
    expect((await owner.call('GET', `/v1/tools/executions/${execution}`)).body).toMatchObject({
      status: 'pending',
      results: [],
      error: null,
    });
    expect((await owner.call('DELETE', `/v1/webhooks/endpoints/${endpointId}`)).status).toBe(204);
  });
});

describe('executions', () => {
  it('are found under the newer prefix too, cancelled once and for all, and answer 202 again', async () => {
    const id = await startSound(owner);
    const alias = id.replace('vg_exec_', 'vg_tool_');
    for (let time = 0; time < 2; time += 1)
      expect(await owner.call('POST', `/v1/tools/executions/${alias}/cancel`)).toMatchObject({
        status: 202,
        body: { toolExecutionId: id },
      });
    expect((await owner.call('GET', `/v1/tools/executions/${alias}`)).body).toEqual({
      toolExecutionId: id,
      status: 'cancelled',
      toolType: 'GENERATE_SOUND_EFFECT',
      progressPercentage: 0,
      attemptIndex: 0,
      results: [],
      error: null,
    });
  });

  it('take every documented field of both generations', async () => {
    const clip = {
      prompt: 'waves',
      watermarkMode: 'AUTO',
      quality: 'LOW',
      hideFromUi: true,
      contentPolicyConfig: { maxPromptRewrites: 2 },
    };
    const answer = await owner.call('POST', '/v1/tools/generate-video-clip', {
      ...clip,
      numResults: 2,
      unknownField: 1,
      durationSeconds: null,
    });
    expect(answer).toMatchObject({ status: 202, headers: { 'x-polyreel-runner': 'cpu' } });
  });
});

describe('an upload link', () => {
  it('takes one body, for its own file, and is forged by nobody', async () => {
    const [first, second] = [await upload(owner), await upload(owner)];
    const answers = await Promise.all(Array.from({ length: 5 }, (_, index) => put(first.uploadUrl, `body ${index}`)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 403, 403, 403, 403]);
    expect((await put(first.uploadUrl, 'again')).status).toBe(403);
    expect((await put(`${second.uploadUrl.slice(0, -2)}xx`, 'forged')).status).toBe(403);
    expect((await owner.call('GET', `/v1/files/${second.fileId}`)).body).toMatchObject({ downloadSource: { status: 'pending' } });
    const { rows } = await app.database.pool.query<{ count: string }>(`SELECT count(*) FROM jobs WHERE kind = 'process'`);
    expect(Number(rows[0]?.count)).toBe(1);
  });

  it('refuses a body above the limit and keeps the link good', async () => {
    const { uploadUrl } = await upload(owner);
    expect((await put(uploadUrl, new Uint8Array(3_000_001))).status).toBe(413);
    expect((await put(uploadUrl, 'small enough')).status).toBe(200);
  });
});

it('lists files in pages, each file on one of them', async () => {
  const lister = await createCaller(app);
  const count = scaled(1000);
  for (let index = 0; index < count; index += 1) await upload(lister, { displayName: `file ${index}` });
  const page = z.object({
    files: z.array(z.object({ fileId: z.string() })),
    hasMore: z.boolean(),
    nextCursor: z.string().nullable(),
  });
  const seen: string[] = [];
  for (let cursor = ''; ; ) {
    const { files, nextCursor, hasMore } = page.parse((await lister.call('GET', `/v1/files?limit=20${cursor}`)).body);
    seen.push(...files.map(({ fileId }) => fileId));
    expect(hasMore).toBe(nextCursor !== null);
    if (nextCursor === null) break;
    cursor = `&cursor=${encodeURIComponent(nextCursor)}`;
  }
  expect(new Set(seen).size).toBe(count);
  expect(seen).toHaveLength(count);
});

it('voices and languages are searched and paged', async () => {
  const voices = z.object({
    ttsVoices: z.array(z.looseObject({ voiceId: z.string(), languageCode: z.string() })),
    hasMore: z.boolean(),
  });
  const german = voices.parse((await owner.call('GET', '/v1/resources/tts-voices?query=german')).body).ttsVoices;
  expect(german.length).toBeGreaterThan(1);
  expect(new Set(german.map(({ languageCode }) => languageCode))).toEqual(new Set(['de-DE']));
  expect(voices.parse((await owner.call('GET', '/v1/resources/tts-voices?limit=2')).body)).toMatchObject({ hasMore: true });
  expect((await owner.call('GET', '/v1/resources/languages?query=span')).body).toMatchObject({
    languages: expect.arrayContaining([]),
  });
  const { avatarPresenters } = z
    .object({ avatarPresenters: z.array(z.object({ imageUrl: z.string(), previewVideoUrl: z.string() }).loose()).min(4) })
    .parse((await owner.call('GET', '/v1/resources/avatar-presenters')).body);
  for (const { imageUrl, previewVideoUrl } of avatarPresenters)
    for (const link of [imageUrl, previewVideoUrl]) expect((await fetch(`${url}${new URL(link).pathname}`)).status).toBe(200);
});
