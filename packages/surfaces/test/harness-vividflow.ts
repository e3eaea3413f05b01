import {
  buildSurfaceApp,
  createTestMedia,
  keyText,
  type SurfaceApp,
  type SurfaceAppOptions,
  type TestKey,
} from '@polyreel/testkit/surface-app';
import type { LightMyRequestResponse } from 'fastify';
import { afterAll, expect } from 'vitest';
import type { z } from 'zod';
import { vividflow } from '../src/vividflow/index.ts';
import { acceptedSchema } from '../src/vividflow/schemas.ts';
import { artifact } from './harness-v2.ts';
import { inProcessJsonPool } from './json-pool.ts';

type Options = Omit<SurfaceAppOptions<typeof inProcessJsonPool>, 'jsonPool'>;

/** A part of a form. `filename` null: none is sent. */
export interface FormPart {
  readonly name: string;
  readonly content: Uint8Array | string;
  readonly filename?: string | null;
  readonly type?: string | null;
}

const boundary = 'polyreel-form-boundary';

/** A multipart body as bytes, exactly as the parts say. */
export function formBody(parts: readonly FormPart[]): Buffer {
  const chunks = parts.flatMap(({ name, content, filename, type }) => [
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${filename == null ? '' : `; filename="${filename}"`}\r\n${
        type == null ? '' : `Content-Type: ${type}\r\n`
      }\r\n`,
    ),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...chunks, Buffer.from(`--${boundary}--\r\n`)]);
}

export const formType = `multipart/form-data; boundary=${boundary}`;

export interface CallOptions {
  readonly key?: TestKey | null;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface HarnessVividFlow extends SurfaceApp {
  /** Posts a form: text fields and, unless `image` is null, a picture. */
  generate(
    fields?: Readonly<Record<string, string | readonly string[]>>,
    options?: CallOptions & { image?: FormPart | null },
  ): Promise<LightMyRequestResponse>;
  submit(fields?: Readonly<Record<string, string>>, options?: CallOptions): Promise<z.infer<typeof acceptedSchema>>;
  call(method: 'GET' | 'POST' | 'HEAD' | 'PUT', url: string, options?: CallOptions): Promise<LightMyRequestResponse>;
}

export const media = createTestMedia();
const started: SurfaceApp[] = [];
afterAll(async () => {
  for (const app of started.splice(0)) {
    expect(await app.remainingScratch()).toEqual([]);
    await app.close();
  }
  await (await media).close();
});

export const png = async (): Promise<FormPart> => ({
  name: 'image',
  content: await (await media).picture('png'),
  filename: 'image.png',
  type: 'image/png',
});

const authOf = ({ key = 'owner', headers = {} }: CallOptions): Record<string, string> => ({
  ...(key !== null && { 'x-api-key': keyText(key) }),
  ...headers,
});

/** Vivid Flow for a test file; closed after its last test, when no scratch folder may be left. */
export async function startVividFlow(
  settings: Readonly<Record<string, string>> = {},
  options: Options = {},
): Promise<HarnessVividFlow> {
  const surface = vividflow.bind(vividflow.settings.parse(settings));
  const app = await buildSurfaceApp(surface, { jsonPool: inProcessJsonPool, ...options });
  started.push(app);
  const generate: HarnessVividFlow['generate'] = async (fields = {}, { image, ...call } = {}) => {
    const texts = Object.entries({ prompt: 'A cinematic shot of a robot playing chess', ...fields }).flatMap(([name, value]) =>
      [value].flat().map((content) => ({ name, content })),
    );
    const picture = image === undefined ? await png() : image;
    return app.inject({
      method: 'POST',
      url: '/api/v1/generate',
      headers: { 'content-type': formType, ...authOf(call) },
      payload: formBody([...(picture ? [picture] : []), ...texts]),
    });
  };
  return {
    ...app,
    generate,
    async submit(fields = {}, call = {}) {
      const answer = await generate(fields, call);
      expect(answer.statusCode, answer.body).toBe(202);
      return acceptedSchema.parse(answer.json());
    },
    call: (method, url, call = {}) => app.inject({ method, url, headers: authOf(call) }),
  };
}

/** Walks a job to a film by the only way there is. */
export function finish(app: SurfaceApp, jobId: string): void {
  app.jobs.change(jobId, { state: 'running', startedAt: app.clock.now() });
  app.clock.advance(30);
  const change = { state: 'succeeded', progressRatio: 1, artifacts: [artifact('film', `${jobId}.mp4`)] } as const;
  app.jobs.change(jobId, { ...change, finishedAt: app.clock.now() });
}
