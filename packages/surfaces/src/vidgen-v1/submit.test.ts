import { DomainError } from '@polyreel/core';
import { keyText } from '@polyreel/testkit/surface-app';
import { describe, expect, it } from 'vitest';
import { audio, type HarnessV1, image, startV1, submitted, testMedia, trustingInspector } from '../../test/harness-v1.ts';
import { boundary, formBody, formType } from '../../test/multipart.ts';
import { refusing } from '../../test/refusing.ts';
import documented from './fixtures/submit.json' with { type: 'json' };

const quick = { inspector: trustingInspector };
/** Ends whatever is active, so that the next job is accepted. */
const release = (app: HarnessV1): void => {
  for (const { externalId } of app.jobs.submitted())
    if (['queued', 'running'].includes(app.jobs.viewOf(externalId).state)) app.jobs.change(externalId, { state: 'cancelled' });
};

describe('POST /api/jobs', async () => {
  const app = await startV1();
  const media = await testMedia();
  const [portrait, voice] = [await image(), await audio()];

  it('201 with the documented body for what curl sends', async () => {
    const answer = await app.post([portrait, voice, { name: 'webhookUrl', body: 'https://your.app/hooks/vidgen' }]);
    expect(answer.statusCode).toBe(201);
    const body = submitted.parse(answer.json());
    expect(Object.keys(body)).toEqual(Object.keys(documented.answer));
    expect(answer.headers['x-polyreel-job']).toMatch(/^job_/);
    expect(answer.headers['x-polyreel-runner']).toBe('cpu');
    expect(app.jobs.specOf(body.jobId)).toMatchObject({
      kind: 'animate',
      specVersion: 1,
      model: 'wan22-s2v',
      canvas: { width: 320, height: 240 },
      frameRate: { numerator: 25, denominator: 1 },
      outputName: body.jobId,
    });
    const job = app.jobs.submitted().at(-1);
    expect(job).toMatchObject({
      clientRef: { webhookUrl: 'https://your.app/hooks/vidgen' },
      callback: { url: 'https://your.app/hooks/vidgen', events: ['job.succeeded', 'job.failed'] },
      exclusiveKey: 'vidgen-v1:key_owner',
    });
    expect(job?.inputFileIds).toHaveLength(2);
    release(app);
  });

  it("201 for what Node's FormData sends", async () => {
    const form = new FormData();
    form.append('image', new Blob([new Uint8Array(await media.picture('webp'))]), 'portrait');
    form.append('audio', new Blob([new Uint8Array(await media.sound('m4a', 1))]), 'voice');
    const answer = await fetch(`${await app.listen()}/api/jobs`, {
      method: 'POST',
      headers: { 'x-api-key': keyText('owner') },
      body: form,
    });
    expect(answer.status).toBe(201);
    release(app);
  });

  it.each([
    ['png', 'x.gif', 'application/octet-stream'],
    ['jpeg', 'x.txt', 'text/plain'],
    ['webp', '', 'image/heic'],
    ['png', 'portrait.jpg', 'image/jpeg'],
  ] as const)('takes a %s called "%s" and declared as %s', async (kind, filename, type) => {
    const answer = await app.post([{ name: 'image', filename, type, body: await media.picture(kind) }, voice]);
    expect(answer.statusCode, answer.body).toBe(201);
    release(app);
  });

  it.each([
    ['mp3', 'application/octet-stream'],
    ['mp3', undefined],
    ['wav', 'video/mp4'],
    ['m4a', 'audio/x-m4a'],
    ['mp4', 'application/octet-stream'],
    ['vorbis', 'video/ogg'],
    ['opus', 'text/plain'],
  ] as const)('takes sound as %s declared as %s', async (kind, type) => {
    const body = await media.sound(kind, 1);
    const answer = await app.post([portrait, { name: 'audio', filename: 'x', body, ...(type !== undefined && { type }) }]);
    expect(answer.statusCode, answer.body).toBe(201);
    const spec = app.jobs.specOf(submitted.parse(answer.json()).jobId);
    if (spec.kind !== 'animate') throw new Error('not a talking film');
    expect(spec.audioSeconds).toBeGreaterThan(0.9);
    expect(spec.audioSeconds).toBeLessThan(1.2);
    release(app);
  });

  it('ignores text fields that it does not know, and an empty webhookUrl', async () => {
    const answer = await app.post([portrait, { name: 'foo', body: 'bar' }, voice, { name: 'webhookUrl', body: '' }]);
    expect(answer.statusCode).toBe(201);
    expect(app.jobs.submitted().at(-1)).toMatchObject({ clientRef: { webhookUrl: null }, callback: null });
    release(app);
  });

  describe('400', () => {
    const bad = { name: 'image', filename: 'x.png', type: 'image/png' };
    it.each([
      ['image file is required', () => [voice]],
      ['audio file is required', () => [portrait]],
      ['image file is required', () => []],
      ['image file is required', () => [{ name: 'image', body: 'text' }, voice]],
      ['image file is required', () => [{ ...bad, body: '' }, voice]],
      ['audio file is required', () => [portrait, { ...voice, body: '' }]],
      ['Only one image file is allowed', () => [portrait, voice, portrait]],
      ['Only one audio file is allowed', () => [voice, portrait, voice]],
      ['Unexpected file field "video"', () => [portrait, voice, { ...voice, name: 'video' }]],
      ['Unexpected file field "webhookUrl"', () => [portrait, voice, { ...voice, name: 'webhookUrl' }]],
    ])('%s', async (error, parts) => {
      const answer = await app.post(parts());
      expect(answer.statusCode).toBe(400);
      expect(answer.json()).toEqual({ error });
    });

    it.each([
      ['JSON', { 'content-type': 'application/json' }],
      ['no content type', { 'content-type': undefined }],
      ['a type that cannot be read', { 'content-type': ';;' }],
      ['no boundary', { 'content-type': 'multipart/form-data' }],
      ['another boundary', { 'content-type': `${formType}x` }],
    ])('Expected multipart/form-data for %s', async (_name, headers) => {
      const answer = await app.post([portrait, voice], { headers });
      expect(answer.statusCode).toBe(400);
      expect(answer.json()).toEqual({ error: 'Expected multipart/form-data' });
    });

    it('Expected multipart/form-data for a body that ends in the middle', async () => {
      const whole = formBody([portrait, voice]);
      for (const length of [0, 10, 200, whole.length - 40, whole.length - 8]) {
        const answer = await app.inject({
          method: 'POST',
          url: '/api/jobs',
          headers: { 'x-api-key': keyText('owner'), 'content-type': formType },
          payload: whole.subarray(0, length),
        });
        expect(answer.statusCode, String(length)).toBe(400);
        expect(answer.json()).toHaveProperty('error');
      }
    });

    it('Expected multipart/form-data for more fields than anybody needs', async () => {
      const fields = Array.from({ length: 1000 }, (_, index) => ({ name: `f${index}`, body: 'x' }));
      const answer = await app.post([portrait, voice, ...fields]);
      expect(answer.statusCode).toBe(400);
      expect(answer.json()).toEqual({ error: 'Expected multipart/form-data' });
    });

    it.each([
      'http://your.app/hook',
      'your.app/hook',
      'https://',
      'https:/your.app',
      'HTTPS://your.app',
      'ftp://your.app',
      'https://user:pass@your.app/',
      'https://user@your.app/',
      'https://10.0.0.1/hook',
      'https://127.1/hook',
      'https://0x7f000001/',
      'https://[::1]:8443/',
      'https://169.254.169.254/latest',
      'https://192.168.1.1:443/',
      'https://your.app/\u0000',
      'https://your.app/a b',
      `https://your.app/${'x'.repeat(2048)}`,
    ])('webhookUrl must be a valid https:// URL: %j', async (body) => {
      const answer = await app.post([portrait, voice, { name: 'webhookUrl', body }]);
      expect(answer.statusCode).toBe(400);
      expect(answer.json()).toEqual({ error: 'webhookUrl must be a valid https:// URL' });
    });

    it('image could not be decoded, audio could not be decoded', async () => {
      const png = await media.picture('png');
      const cut = await app.post([{ ...portrait, body: png.subarray(0, png.length - 500) }, voice]);
      expect(cut.statusCode).toBe(400);
      expect(cut.json()).toEqual({ error: 'image could not be decoded' });
      const vast = await app.post([{ ...portrait, body: await media.vastPng({ width: 16_000, height: 16_000 }) }, voice]);
      expect(vast.json()).toEqual({ error: 'image could not be decoded' });
      const m4a = await media.sound('m4a', 1);
      const broken = await app.post([portrait, { ...voice, body: m4a.subarray(0, 200) }]);
      expect([400, 415]).toContain(broken.statusCode);
      const wav = await media.sound('wav', 1);
      const headOnly = await app.post([portrait, { ...voice, body: wav.subarray(0, 44) }]);
      expect(headOnly.statusCode).toBe(400);
      expect(headOnly.json()).toEqual({ error: 'audio could not be decoded' });
    });

    it('a voice that is longer than the configured most', async () => {
      const short = await startV1({ VIDGEN_V1_MAX_AUDIO_SECONDS: '2s' });
      const answer = await short.post([portrait, { ...voice, body: await media.sound('wav', 3) }]);
      expect(answer.statusCode).toBe(400);
      expect(answer.json()).toEqual({ error: 'audio is longer than 2 seconds' });
    });
  });

  describe('401', () => {
    it.each<[string, Record<string, string>]>([
      ['Missing X-API-Key header', {}],
      ['Missing X-API-Key header', { 'x-api-key': '  ' }],
      ['Invalid or inactive API key', { 'x-api-key': 'vg_live_nobody' }],
    ])('%s', async (error, headers) => {
      const answer = await app.post([portrait, voice], { key: null, headers });
      expect(answer.statusCode).toBe(401);
      expect(answer.json()).toEqual({ error });
    });
  });

  describe('409', async () => {
    const app = await startV1({}, { inspector: trustingInspector });
    it('You already have an active job, and which; another key of the account may go on', async () => {
      const jobId = await app.submit();
      const answer = await app.post([portrait, voice]);
      expect(answer.statusCode).toBe(409);
      expect(answer.json()).toEqual({ error: 'You already have an active job', activeJobId: jobId });
      await app.submit({ key: 'ownerSecond' });
      app.jobs.change(jobId, { state: 'running' });
      expect((await app.post([portrait, voice])).statusCode).toBe(409);
      app.jobs.change(jobId, { state: 'failed' });
      await app.submit();
      release(app);
    });

    it('exactly one of two at once', async () => {
      const answers = await Promise.all([app.post([portrait, voice]), app.post([portrait, voice])]);
      expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([201, 409]);
      release(app);
    });

    it('counts the account where VIDGEN_V1_ACTIVE_JOB_SCOPE says so', async () => {
      const scoped = await startV1({ VIDGEN_V1_ACTIVE_JOB_SCOPE: 'account' }, { inspector: trustingInspector });
      await scoped.submit();
      expect((await scoped.post([portrait, voice], { key: 'ownerSecond' })).statusCode).toBe(409);
      await scoped.submit({ key: 'stranger' });
    });
  });

  describe('415', () => {
    const declared = { filename: 'x.png', type: 'image/png' };
    it.each([
      [
        'Unsupported image type',
        'a GIF named .png',
        async () => [{ name: 'image', ...declared, body: await media.picture('gif') }, voice],
      ],
      ['Unsupported image type', 'a text named .png', async () => [{ name: 'image', ...declared, body: 'no picture' }, voice]],
      ['Unsupported image type', 'a PDF', async () => [{ name: 'image', ...declared, body: '%PDF-1.7\n' }, voice]],
      ['Unsupported audio type', 'FLAC', async () => [portrait, { ...voice, body: await media.sound('flac', 1) }]],
      ['Unsupported audio type', 'a film', async () => [portrait, { ...voice, type: 'audio/mp4', body: await media.film() }]],
      [
        'Unsupported audio type',
        'a playlist named .mp3',
        async () => [portrait, { ...voice, body: '#EXTM3U\nhttp://x.test/a.mp3\n' }],
      ],
      ['Unsupported audio type', 'a picture', async () => [portrait, { ...voice, body: await media.picture('png') }]],
    ])('%s: %s', async (error, _name, parts) => {
      const answer = await app.post(await parts());
      expect(answer.statusCode).toBe(415);
      expect(answer.json()).toMatchObject({ error });
    });

    it('comes before what cannot be decoded, and after what is missing', async () => {
      const gif = { ...portrait, body: await media.picture('gif') };
      expect((await app.post([gif])).json()).toEqual({ error: 'audio file is required' });
    });
  });

  describe('when the server cannot', () => {
    it('503 with Retry-After while no worker is there or no space is left', async () => {
      const idle = await startV1({}, { ...quick, capabilities: [] });
      const answer = await idle.post([portrait, voice]);
      expect(answer.statusCode).toBe(503);
      expect(answer.headers['retry-after']).toBe('60');
      const full = await startV1({}, { ...quick, freeBytes: () => 1 });
      expect((await full.post([portrait, voice])).statusCode).toBe(503);
    });

    it('429 beyond the active jobs of an account', async () => {
      const limited = await startV1({}, { ...quick, maxActiveJobsPerAccount: 1 });
      await limited.submit();
      const answer = await limited.post([portrait, voice], { key: 'ownerSecond' });
      expect(answer.statusCode).toBe(429);
      expect(answer.headers['retry-after']).toBe('10');
      expect(answer.json()).toEqual({ error: 'Too many requests, please slow down' });
    });

    it('500 without a word about the cause', async () => {
      const broken = await startV1({}, { ...quick, changeEngine: refusing(new Error('password=hunter2')) });
      const answer = await broken.post([portrait, voice]);
      expect(answer.statusCode).toBe(500);
      expect(answer.json()).toEqual({ error: 'Internal server error' });
    });

    it('500, not 400, when a file cannot be written', async () => {
      const broken = await startV1(
        {},
        { ...quick, makeScratch: async () => ({ path: '/nowhere/at/all', remove: async () => undefined }) },
      );
      expect((await broken.post([portrait, voice])).statusCode).toBe(500);
    });
  });

  it('answers a conflict found by the database in the same words', async () => {
    const racing = await startV1(
      {},
      {
        ...quick,
        changeEngine: refusing(new DomainError('already_active', 'x', { details: { activeExternalId: 'c123' } })),
      },
    );
    const answer = await racing.post([portrait, voice]);
    expect(answer.statusCode).toBe(409);
    expect(answer.json()).toEqual({ error: 'You already have an active job', activeJobId: 'c123' });
  });

  it('has a boundary that the parts do not hold', () => {
    expect(Buffer.from(portrait.body).includes(boundary)).toBe(false);
  });
});
