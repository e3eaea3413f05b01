import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type InProcessApp, startApp } from '../start-app.ts';
import { type Caller, createCaller } from './calls.ts';

const started = z.object({ toolExecutionId: z.string() });
const rowSchema = z.object({ spec: z.looseObject({ results: z.looseObject({ visibleMark: z.unknown().optional() }) }) });

describe.each([
  { operator: 'who says nothing', env: {}, auto: null },
  { operator: 'who wants marks', env: { VIDEOGEN_WATERMARK: 'on', VIDEOGEN_WATERMARK_TEXT: 'ours' }, auto: 'ours' },
])('watermarkMode on the server of an operator $operator', ({ env, auto }) => {
  let app: InProcessApp;
  let owner: Caller;
  beforeAll(async () => {
    app = await startApp({ env });
    owner = await createCaller(app);
  });
  afterAll(() => app.stop());

  const markOf = async (path: string, body: object): Promise<unknown> => {
    const answer = await owner.call('POST', `/v1/tools/${path}`, body);
    expect(answer.status, JSON.stringify(answer.body)).toBe(202);
    const { rows } = await app.database.pool.query('SELECT spec FROM jobs WHERE external_id = $1', [
      started.parse(answer.body).toolExecutionId,
    ]);
    return rowSchema.parse(rows[0]).spec.results.visibleMark;
  };
  const saying = (text: string) => ({ position: 'bottom-right', content: { text, color: '#ffffff' } });

  it.each([
    ['generate-image', { prompt: 'a lighthouse' }],
    ['generate-video-clip', { prompt: 'waves at dusk' }],
  ])("%s: VIDEO_GEN draws a mark, NONE does not, AUTO and nothing are the operator's word", async (path, body) => {
    expect(await markOf(path, { ...body, watermarkMode: 'VIDEO_GEN' })).toMatchObject(saying(auto ?? 'VideoGen'));
    expect(await markOf(path, { ...body, watermarkMode: 'NONE' })).toBeUndefined();
    for (const wish of [{}, { watermarkMode: 'AUTO' }, { watermarkMode: null }]) {
      const mark = await markOf(path, { ...body, ...wish });
      if (auto === null) expect(mark).toBeUndefined();
      else expect(mark).toMatchObject(saying(auto));
    }
  });

  it('a sound takes no mark, whatever the operator says', async () => {
    expect(await markOf('generate-sound-effect', { prompt: 'rain' })).toBeUndefined();
  });

  it('a mode that is none is 400', async () => {
    const answer = await owner.call('POST', '/v1/tools/generate-image', { prompt: 'x', watermarkMode: 'ALWAYS' });
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_parameters' } });
  });
});
