import { expect, describe, it } from 'vitest';
import { type FormPart, media, png, startVividFlow } from '../../test/harness-vividflow.ts';
import { DomainError } from '@polyreel/core';
import { referenceCapabilities } from '@polyreel/testkit/surface-app';
import { acceptedSchema } from './schemas.ts';

const image = async (change: Partial<FormPart>): Promise<FormPart> => ({ ...(await png()), ...change });

describe('generate', async () => {
  const app = await startVividFlow({ VIVIDFLOW_MONTHLY_CREDITS: 'unlimited' }, { maxActiveJobsPerAccount: 10_000 });

  it("answers the document's curl with 202, its words and what is added", async () => {
    const answer = await app.generate({ model: 'veo3.1', duration_seconds: '8' });
    expect(answer.statusCode, answer.body).toBe(202);
    const body = acceptedSchema.parse(answer.json());
    expect(body).toMatchObject({ message: 'Generation job accepted.', model: 'veo3.1', engine_model: 'wan22' });
    expect(answer.headers['x-polyreel-job']).toMatch(/^job_/);
    expect(answer.headers['x-polyreel-runner']).toBe('cpu');
    expect(answer.headers['x-polyreel-warning']).toBeUndefined();
    expect(app.jobs.specOf(body.job_id)).toMatchObject({
      kind: 'generate',
      model: 'wan22',
      scenes: [{ prompt: 'A cinematic shot of a robot playing chess.', negativePrompt: '', startFrame: { fileId: 'fil_1' } }],
      canvas: { width: 1280, height: 720 },
      frameRate: { numerator: 24, denominator: 1 },
      framesPerScene: 192,
    });
  });

  it('takes wan2.1 with every documented default where no field says otherwise', async () => {
    const job = await app.submit();
    expect(job.model).toBe('wan2.1');
    expect(app.jobs.specOf(job.job_id)).toEqual({
      kind: 'generate',
      specVersion: 1,
      model: 'wan22',
      scenes: [
        {
          prompt: 'A cinematic shot of a robot playing chess',
          negativePrompt: '',
          startFrame: { fileId: expect.stringMatching(/^fil_/) },
        },
      ],
      canvas: { width: 1280, height: 720 },
      frameRate: { numerator: 16, denominator: 1 },
      framesPerScene: 81,
      guidance: 7.5,
      samplerSteps: 30,
      seed: 42,
      outputName: job.job_id,
    });
  });

  it.each([
    [{ length: '80' }, { framesPerScene: 80 }],
    [{ length: '1' }, { framesPerScene: 1 }],
    [{ width: '128', height: '1920' }, { canvas: { width: 128, height: 1920 } }],
    [{ cfg: '1.0' }, { guidance: 1 }],
    [{ cfg: '20' }, { guidance: 20 }],
    [{ steps: '5' }, { samplerSteps: 5 }],
    [{ seed: '4294967295' }, { seed: 2 ** 32 - 1 }],
    [{ seed: '0' }, { seed: 0 }],
    [{ seed: ' 7 ' }, { seed: 7 }],
    [{ seed: '' }, { seed: 42 }],
  ])('gives wan2.1 %j', async (fields, spec) => {
    expect(app.jobs.specOf((await app.submit(fields)).job_id)).toMatchObject(spec);
  });

  it('draws another seed each time for -1', async () => {
    const seeds = [await app.submit({ seed: '-1' }), await app.submit({ seed: '-1' })].map(({ job_id }) =>
      app.jobs.specOf(job_id),
    );
    expect(seeds[0]).not.toMatchObject({ seed: 'seed' in (seeds[1] ?? {}) ? seeds[1] : -1 });
    expect(new Set(seeds.map((spec) => 'seed' in spec && spec.seed)).size).toBe(2);
  });

  it.each([
    [{ duration_seconds: '4' }, { framesPerScene: 96 }],
    [{ duration_seconds: '6' }, { framesPerScene: 144 }],
    [{ resolution: '1080p' }, { canvas: { width: 1920, height: 1080 } }],
    [{ aspect_ratio: '9:16' }, { canvas: { width: 720, height: 1280 } }],
    [{ aspect_ratio: '9:16', resolution: '1080p' }, { canvas: { width: 1080, height: 1920 } }],
  ])('gives veo3.1 %j', async (fields, spec) => {
    expect(app.jobs.specOf((await app.submit({ model: 'veo3.1', ...fields })).job_id)).toMatchObject(spec);
  });

  it('takes the aspect of veo3.1 from the image where none is asked for', async () => {
    const content = await (await media).picture('jpeg', { width: 200, height: 300 });
    const answer = await app.generate({ model: 'veo3.1' }, { image: await image({ content, filename: 'tall.jpg' }) });
    expect(app.jobs.specOf(acceptedSchema.parse(answer.json()).job_id)).toMatchObject({ canvas: { width: 720, height: 1280 } });
  });

  it('says to the model what the motion options say, and nothing for None', async () => {
    const promptOf = async (fields: Record<string, string>) => {
      const spec = app.jobs.specOf((await app.submit({ model: 'veo3.1', prompt: 'A quiet lake', ...fields })).job_id);
      return spec.kind === 'generate' ? spec.scenes[0]?.prompt : null;
    };
    expect(await promptOf({ camera_motion: 'None', subject_animation: 'none', environmental_animation: 'NONE' })).toBe(
      'A quiet lake.',
    );
    expect(
      await promptOf({ camera_motion: 'Dolly (In)', subject_animation: 'a swan flaps', environmental_animation: 'rain' }),
    ).toBe('A quiet lake. The camera dollies in. Subject: a swan flaps. Background: rain.');
  });

  it('plans a track of effects from the words of the prompt and the animations', async () => {
    const fields = { model: 'veo3.1', prompt: 'A beach', environmental_animation: 'rain', camera_motion: 'Truck' };
    const { job_id } = await app.submit({ ...fields, generate_audio: 'true' });
    expect(app.jobs.specOf(job_id)).toMatchObject({ soundEffects: { model: 'sound-effects', prompt: 'A beach. rain' } });
    expect(app.jobs.specOf((await app.submit(fields)).job_id)).not.toHaveProperty('soundEffects');
  });

  it('enhances the shot and says who did, keeping what the animations ask', async () => {
    const fields = { model: 'veo3.1', prompt: 'A fox', subject_animation: 'it jumps', enhance_prompt: 'true' };
    const job = await app.submit(fields);
    expect(job.enhanced_by).toBe('rules');
    expect(job.enhanced_prompt).toMatch(/fox/i);
    const spec = app.jobs.specOf(job.job_id);
    expect(spec.kind === 'generate' && spec.scenes[0]?.prompt).toMatch(/fox.*Subject: it jumps\.$/i);
    expect(await app.submit({ ...fields, enhance_prompt: 'false' })).not.toHaveProperty('enhanced_by');
  });

  it('makes the film of the own words where better ones cannot be had or break the rule about persons', async () => {
    const failing = () => Promise.reject(new DomainError('backend_unavailable', 'no model', { code: 'optimization_failed' }));
    for (const enhance of [failing, async () => ({ prompt: 'a child with a fox', by: 'llm' as const })]) {
      const other = await startVividFlow({}, { promptEnhancer: { enhance } });
      const answer = await other.generate({ model: 'veo3.1', prompt: 'A fox', enhance_prompt: 'true' });
      expect([answer.statusCode, answer.headers['x-polyreel-warning']]).toEqual([
        202,
        'ignored-parameters; names="enhance_prompt"',
      ]);
      expect(answer.json()).not.toHaveProperty('enhanced_prompt');
    }
  });

  it('names what it does not do', async () => {
    const silent = await startVividFlow(
      {},
      { capabilities: referenceCapabilities.filter(({ task }) => task !== 'sound-effect') },
    );
    const answer = await silent.generate({ model: 'veo3.1', generate_audio: 'true' });
    expect([answer.statusCode, answer.headers['x-polyreel-warning']]).toEqual([
      202,
      'ignored-parameters; names="generate_audio"',
    ]);
  });

  it.each([
    ['webp', 'image/webp'],
    ['jpeg', 'application/octet-stream'],
    ['png', 'text/plain'],
  ] as const)('takes a %s declared as %s', async (kind, type) => {
    const content = await (await media).picture(kind);
    const answer = await app.generate({}, { image: await image({ content, type }) });
    expect(answer.statusCode, answer.body).toBe(202);
  });

  it('takes a jpeg without a file name', async () => {
    const content = await (await media).picture('jpeg');
    const answer = await app.generate({}, { image: { name: 'image', content, type: 'image/jpeg' } });
    expect(answer.statusCode, answer.body).toBe(202);
  });

  it('looks only at the fields of its own model and ignores unknown ones', async () => {
    await app.submit({ model: 'wan2.1', duration_seconds: '5', resolution: '8k', add_keywords: 'true', foo: 'bar' });
    await app.submit({ model: 'veo3.1', cfg: '25', width: '3', seed: 'x' });
  });

  it.each(['true', 'FALSE', '1', '0', 'Yes', 'no', 'on', 'OFF'])('takes %s for a boolean', async (word) => {
    await app.submit({ model: 'veo3.1', enhance_prompt: word });
  });

  it('keeps the picture as it came and its size', async () => {
    await app.submit();
    const { content } = await png();
    expect(app.intake.kept().at(-1)).toMatchObject({
      mediaType: 'image/png',
      sizeBytes: content.length,
      facts: { width: 320, height: 240 },
    });
  });
});
