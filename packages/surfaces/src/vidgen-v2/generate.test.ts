import { modelCapabilities } from '@polyreel/testkit/surface-app';
import { describe, expect, it } from 'vitest';
import { startV2 } from '../../test/harness-v2.ts';
import everyParameter from './fixtures/every-parameter.json' with { type: 'json' };
import documented from './fixtures/generate.json' with { type: 'json' };
import { generateBodySchema } from './schemas.ts';

describe('generate', async () => {
  const app = await startV2({ VIDGEN_V2_RATE_LIMITS: 'all=off,generate=off' }, { maxActiveJobsPerAccount: 10_000 });

  it('answers the documented body with 200 and no error key', async () => {
    const answer = await app.call(documented.request);
    expect(answer.statusCode).toBe(200);
    const body = generateBodySchema.parse(answer.json());
    expect(body).toMatchObject({ model: 'wan22', scenes: [{ prompt: 'cinematic ocean waves at sunset' }] });
    expect(Object.keys(documented.answer).every((key) => Object.hasOwn(body, key))).toBe(true);
    expect(answer.headers['x-polyreel-job']).toMatch(/^job_/);
    expect(answer.headers['x-polyreel-runner']).toBe('cpu');
    expect(answer.headers['x-polyreel-warning']).toBeUndefined();
  });

  it('takes every documented parameter with its documented default', async () => {
    const answer = await app.call(everyParameter);
    expect(answer.statusCode, answer.body).toBe(200);
    expect(answer.headers['x-polyreel-warning']).toBeUndefined();
    expect(generateBodySchema.parse(answer.json()).scenes).toEqual([
      {
        prompt: 'woman dancing, smooth camera, -blurry',
        positive: 'woman dancing, smooth camera',
        negative: 'blurry',
        mode: 't2v',
      },
    ]);
  });

  it('plans 80 frames at 16 a second for each scene of five', async () => {
    const run = await app.submit({ scenes: Array.from({ length: 5 }, (_, index) => ({ prompt: `scene ${index}` })), seed: 7 });
    expect(app.jobs.specOf(run.id)).toEqual({
      kind: 'generate',
      specVersion: 1,
      model: 'wan22',
      scenes: Array.from({ length: 5 }, (_, index) => ({ prompt: `scene ${index}`, negativePrompt: '' })),
      canvas: { width: 832, height: 480 },
      frameRate: { numerator: 16, denominator: 1 },
      framesPerScene: 80,
      seed: 7,
      publish: { hasInvisibleMark: true, credits: {} },
      outputName: `${run.gen_id}_fp_00001`,
    });
  });

  it('runs on a real model where one is, in one clip a scene', async () => {
    const onModels = await startV2({}, { capabilities: modelCapabilities });
    const run = await onModels.submit({ scenes: [{ prompt: 'a' }, { prompt: 'b' }] });
    const [job] = onModels.jobs.submitted();
    expect(job?.plan.runners).toEqual(['comfyui']);
    expect(job?.plan.steps.map((step) => step.key)).toEqual(['scene-1', 'scene-2', 'film', 'publish']);
    expect((await onModels.call({ action: 'status', id: run.id })).headers['x-polyreel-runner']).toBe('comfyui');
  });

  it('echoes prompts as sent, trimmed, and splits negatives off for the model', async () => {
    const run = await app.submit({ scenes: [{ prompt: '  a fox, -blurry ', negative: 'text' }] });
    expect(run.scenes).toEqual([{ prompt: 'a fox, -blurry', positive: 'a fox', negative: 'blurry, text', mode: 't2v' }]);
    expect(app.jobs.specOf(run.id)).toMatchObject({ scenes: [{ prompt: 'a fox', negativePrompt: 'blurry, text' }] });
  });

  it.each([
    [840, 480],
    [64, 64],
    [1920, 1088],
    [1088, 1920],
  ])('gives %i x %i exactly', async (width, height) => {
    const run = await app.submit({ width, height });
    expect(app.jobs.specOf(run.id)).toMatchObject({ canvas: { width, height } });
  });

  it('takes 720.0 for 720 and null for absent', async () => {
    const answer = await app.call(
      '{"action":"generate","scenes":[{"prompt":"x","negative":null}],"size":720.0,"width":8.32e2,"seed":null,"music":null,"upscale":null,"cs_title":null}',
    );
    expect(answer.statusCode, answer.body).toBe(200);
    expect(answer.headers['x-polyreel-warning']).toBeUndefined();
  });

  it('reads flat and nested spellings alike', async () => {
    await app.submit({ 'music.enabled': false, 'music.bpm': 90, fx_sound: { enabled: false }, 'fx_sound.prompt': 'wind' });
    await app.submit({ music: { bpm: 90 }, 'music.bpm': 90 });
    const answer = await app.call({ ...documented.request, music: { bpm: 90 }, 'music.bpm': 91 });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ error: 'music.bpm is given twice with different values' });
  });

  it('keeps a given seed and draws another where none is given', async () => {
    const drawn = [await app.submit(), await app.submit()]
      .map(({ id }) => app.jobs.specOf(id))
      .map((spec) => 'seed' in spec && spec.seed);
    expect(drawn[0]).not.toBe(drawn[1]);
    for (const seed of [0, 2 ** 32 - 1]) expect(app.jobs.specOf((await app.submit({ seed })).id)).toMatchObject({ seed });
  });

  it('names parameters that mean nothing here, whatever their names hold', async () => {
    const answer = await app.call({
      ...documented.request,
      wm_foo: 1,
      metadata: {},
      'sch\u0000l\ud800ü"\n': 1,
      scenes: [{ prompt: 'x', prmpt: 'y' }],
      music: { tempo: 3 },
    });
    expect(answer.statusCode, answer.body).toBe(200);
    expect(answer.headers['x-polyreel-warning']).toBe(
      'ignored-parameters; names="wm_foo, metadata, ?, music.tempo, scenes[0].prmpt"',
    );
  });

  it('is not fooled by keys that JavaScript treats apart', async () => {
    const answer = await app.call(
      '{"action":"generate","scenes":[{"prompt":"x","__proto__":{"start_frame":"y"}}],"__proto__":{"upscale":true},"constructor":1}',
    );
    expect(answer.statusCode, answer.body).toBe(200);
  });

  it('mints ids nobody can guess', async () => {
    const runs = await Promise.all(Array.from({ length: 20 }, () => app.submit()));
    expect(new Set(runs.flatMap(({ id, gen_id }) => [id, gen_id])).size).toBe(40);
  });
});
