import { describe, expect, it } from 'vitest';
import { finish, finished, startV2 } from '../../test/harness-v2.ts';
import { safetyOf } from '../../test/safety.ts';
import { statusBodySchema } from './schemas.ts';

const pixel =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const app = await startV2({}, { safety: safetyOf() });
const generate = (body: Readonly<Record<string, unknown>>) =>
  app.call({ action: 'generate', scenes: [{ prompt: 'a lighthouse' }], ...body });

describe('400 Content blocked', () => {
  it.each([
    ['a prompt', { scenes: [{ prompt: 'a lighthouse' }, { prompt: 'a nude woman' }] }, { scene: 1 }],
    ['an optimised prompt', { optimize: true, scenes: [{ prompt: 'a nude woman' }] }, { scene: 0 }],
    ['lyrics', { music: { lyrics: 'a song of a nude woman' } }, {}],
    ['music tags', { 'music.tags': 'calm, nude woman' }, {}],
    ['an FX prompt', { fx_sound: { prompt: 'moans of a nude woman' } }, {}],
  ])('for %s', async (_what, body, extras) => {
    const answer = await generate(body);
    expect([answer.statusCode, answer.json()]).toEqual([
      400,
      {
        ...{ error: 'Content blocked', compliance: 'unsafe', reason: 'sexual content', flagged_categories: ['sexual'] },
        ...extras,
      },
    ]);
    expect(app.jobs.submitted()).toHaveLength(0);
    expect(app.intake.kept()).toEqual([]);
  });

  it('for a frame, before it is kept', async () => {
    const strict = await startV2({}, { safety: safetyOf(() => [{ category: 'sexual', severity: 'high' }]) });
    const answer = await strict.call({ action: 'generate', scenes: [{ prompt: 'a lighthouse', start_frame: pixel }] });
    expect(answer.json()).toMatchObject({ error: 'Content blocked', scene: 0, flagged_categories: ['sexual'] });
    expect(strict.intake.kept()).toEqual([]);
  });

  it('an optimiser does not launder a blocked prompt', async () => {
    const answer = await app.call({ action: 'optimize', prompt: 'a nude woman' });
    expect([answer.statusCode, answer.json()]).toMatchObject([400, { error: 'Content blocked', compliance: 'unsafe' }]);
    expect((await app.call({ action: 'optimize', prompt: 'a lighthouse' })).statusCode).toBe(200);
  });

  it('not for what shall not be seen', async () => {
    expect((await generate({ scenes: [{ prompt: 'a woman reads, -nude', negative: 'nude woman' }] })).statusCode).toBe(200);
  });
});

describe('compliance of a run', () => {
  const statusOf = async (harness: typeof app, id: string) =>
    statusBodySchema.parse((await harness.call({ action: 'status', id })).json());

  it('is unsafe, COMPLETED and without any link where the film was withheld', async () => {
    const run = await app.submit();
    app.jobs.change(run.id, { state: 'running' });
    const error = { code: 'content_blocked', message: 'Content failed the compliance check: sexual content' };
    app.jobs.change(run.id, { state: 'failed', error });
    const body = await statusOf(app, run.id);
    expect(body).toEqual({
      ...{ status: 'COMPLETED', compliance: 'unsafe', error: error.message },
      meta: { id: run.id, gen_id: run.gen_id, compliance: 'unsafe', compliance_checked: true, fingerprint: null, images: [] },
    });
    expect(JSON.stringify(body)).not.toContain('http');
  });

  it('says that it was checked only where both the request and the film were', async () => {
    const seen: unknown[] = [];
    for (const [harness, isFilmChecked] of [
      [app, true],
      [app, false],
      [await startV2(), true],
    ] as const) {
      const run = await harness.submit();
      const done = finished(`${run.gen_id}_fp_00001`);
      harness.jobs.change(run.id, { state: 'running' });
      const artifacts = (done.artifacts ?? []).map((one) => ({ ...one, ...(isFilmChecked && { isChecked: true }) }));
      harness.jobs.change(run.id, { ...done, artifacts });
      const body = await statusOf(harness, run.id);
      seen.push('meta' in body ? body.meta.compliance_checked : body);
    }
    expect(seen).toEqual([true, false, false]);
  });

  it('is safe and unchecked where the check is switched off', async () => {
    const off = await startV2();
    const run = await off.submit({ scenes: [{ prompt: 'a nude woman' }] });
    finish(off, run);
    expect(await statusOf(off, run.id)).toMatchObject({
      compliance: 'safe',
      meta: { compliance: 'safe', compliance_checked: false },
    });
  });
});
