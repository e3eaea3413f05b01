import path from 'node:path';
import type { MediaInspector } from '@polyreel/core';
import {
  buildSurfaceApp,
  createTestMedia,
  keyText,
  type SurfaceApp,
  type SurfaceAppOptions,
  type TestKey,
  type TestMedia,
} from '@polyreel/testkit/surface-app';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { afterAll, expect } from 'vitest';
import { z } from 'zod';
import { vidgenV1 } from '../src/vidgen-v1/index.ts';
import { inProcessJsonPool } from './json-pool.ts';
import { formBody, formType, type Part } from './multipart.ts';

type Options = Omit<SurfaceAppOptions<typeof inProcessJsonPool>, 'jsonPool'>;

export interface HarnessV1 extends SurfaceApp {
  /** A call with the owner's key, another one's, or none (null). */
  call(method: 'GET' | 'POST' | 'DELETE' | 'PUT' | 'HEAD', url: string, key?: TestKey | null): Promise<LightMyRequestResponse>;
  post(
    parts: readonly Part[],
    options?: { key?: TestKey | null; headers?: InjectOptions['headers'] },
  ): Promise<LightMyRequestResponse>;
  /** A job that is accepted. */
  submit(options?: { key?: TestKey; webhookUrl?: string }): Promise<string>;
}

const started: SurfaceApp[] = [];
let media: Promise<TestMedia> | null = null;
afterAll(async () => {
  for (const app of started.splice(0)) {
    expect(await app.remainingScratch()).toEqual([]);
    await app.close();
  }
  await (await media)?.close();
});

/** Media files of the test file, made when they are first asked for. */
export function testMedia(): Promise<TestMedia> {
  media ??= createTestMedia();
  return media;
}

export const image = async (): Promise<Part> => ({
  name: 'image',
  filename: 'portrait.jpg',
  type: 'image/jpeg',
  body: await (await testMedia()).picture('jpeg'),
});
/** As curl sends it: no type that says what it is. */
export const audio = async (): Promise<Part> => ({
  name: 'audio',
  filename: 'voiceover.mp3',
  type: 'application/octet-stream',
  body: await (await testMedia()).sound('mp3', 1),
});

/** For tests that are not about media: takes the fixtures for what they are, without a program. */
export const trustingInspector: MediaInspector = {
  identify: async (filePath) =>
    path.basename(filePath) === 'image'
      ? { family: 'image', mediaType: 'image/jpeg' }
      : { family: 'audio', mediaType: 'audio/mpeg' },
  inspectImage: async () => ({ mediaType: 'image/jpeg', width: 320, height: 240 }),
  inspectAudio: async () => ({ mediaType: 'audio/mpeg', seconds: 1 }),
};

export const submitted = z.strictObject({ message: z.literal('Job created'), jobId: z.string().regex(/^c[a-z0-9]{24}$/) });

export async function startV1(settings: Readonly<Record<string, string>> = {}, options: Options = {}): Promise<HarnessV1> {
  const surface = vidgenV1.bind(vidgenV1.settings.parse({ VIDGEN_V1_RATE_LIMITS: 'all=off,submit=off', ...settings }));
  const app = await buildSurfaceApp(surface, { jsonPool: inProcessJsonPool, ...options });
  started.push(app);
  const keyHeader = (key: TestKey | null) => (key === null ? {} : { 'x-api-key': keyText(key) });
  const post: HarnessV1['post'] = (parts, { key = 'owner', headers = {} } = {}) =>
    app.inject({
      method: 'POST',
      url: '/api/jobs',
      headers: { 'content-type': formType, ...keyHeader(key), ...headers },
      payload: formBody(parts),
    });
  return {
    ...app,
    call: (method, url, key = 'owner') => app.inject({ method, url, headers: keyHeader(key) }),
    post,
    async submit({ key = 'owner', webhookUrl } = {}) {
      const hook = webhookUrl === undefined ? [] : [{ name: 'webhookUrl', body: webhookUrl }];
      const answer = await post([await image(), await audio(), ...hook], { key });
      expect(answer.statusCode, answer.body).toBe(201);
      return submitted.parse(answer.json()).jobId;
    },
  };
}
