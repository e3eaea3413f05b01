import type { Artifact, JobView } from '@polyreel/core';
import { buildSurfaceApp, keyText, type SurfaceApp, type SurfaceAppOptions, type TestKey } from '@polyreel/testkit/surface-app';
import type { LightMyRequestResponse } from 'fastify';
import { afterAll, expect } from 'vitest';
import { z } from 'zod';
import { vidgenV2 } from '../src/vidgen-v2/index.ts';
import { generateBodySchema } from '../src/vidgen-v2/schemas.ts';
import { inProcessJsonPool } from './json-pool.ts';

type Options = Omit<SurfaceAppOptions<typeof inProcessJsonPool>, 'jsonPool'>;

export interface CallOptions {
  /** null: no key at all. */
  readonly key?: TestKey | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly url?: string;
}

export interface HarnessV2 extends SurfaceApp {
  /** Posts a body; a string is sent as it is. */
  call(body: unknown, options?: CallOptions): Promise<LightMyRequestResponse>;
  /** Submits one scene, or what is given, and answers the run's id. */
  submit(body?: Readonly<Record<string, unknown>>): Promise<z.infer<typeof generateBodySchema>>;
}

const started: SurfaceApp[] = [];
afterAll(async () => {
  for (const app of started.splice(0)) {
    expect(await app.remainingScratch()).toEqual([]);
    await app.close();
  }
});

/** Vidgen v2 for a test file; closed after its last test, when no scratch folder may be left. */
export async function startV2(settings: Readonly<Record<string, string>> = {}, options: Options = {}): Promise<HarnessV2> {
  const surface = vidgenV2.bind(vidgenV2.settings.parse(settings));
  const app = await buildSurfaceApp(surface, { jsonPool: inProcessJsonPool, ...options });
  const call: HarnessV2['call'] = (body, { key = 'owner', headers = {}, url = '/api/v2' } = {}) =>
    app.inject({
      method: 'POST',
      url,
      headers: {
        'content-type': 'application/json',
        ...(key !== null && { authorization: `Bearer ${keyText(key)}` }),
        ...headers,
      },
      payload: typeof body === 'string' ? body : JSON.stringify(body),
    });
  started.push(app);
  return {
    ...app,
    call,
    async submit(body = {}) {
      const answer = await call({ action: 'generate', scenes: [{ prompt: 'a lighthouse' }], ...body });
      expect(answer.statusCode, answer.body).toBe(200);
      return generateBodySchema.parse(answer.json());
    },
  };
}

/** An error answer: `error` and extras. */
export const errorBody = z.looseObject({ error: z.string(), details: z.array(z.string()).optional() });

export const artifact = (role: Artifact['role'], name: string): Artifact => ({
  role,
  fileId: `fil_${role}`,
  objectKey: `outputs/${role}`,
  mediaType: role === 'film' ? 'video/mp4' : 'image/jpeg',
  sizeBytes: 1000,
  name,
});

/** What the engine leaves when a film is done. */
export const finished = (outputName: string): Partial<JobView> => ({
  state: 'succeeded',
  progressRatio: 1,
  artifacts: [artifact('film', `${outputName}.mp4`), artifact('thumbnail', `${outputName}_thumb.jpg`)],
});

/** Walks a job to its end by the only way there is. */
export function finish(app: SurfaceApp, run: { id: string; gen_id: string }): void {
  app.jobs.change(run.id, { state: 'running' });
  app.jobs.change(run.id, finished(`${run.gen_id}_fp_00001`));
}
