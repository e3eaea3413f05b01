import { DomainError, type PromptEnhancer } from '@polyreel/core';
import { describe, expect, it } from 'vitest';
import { startV2 } from '../../test/harness-v2.ts';
import optimizeFixture from './fixtures/optimize.json' with { type: 'json' };
import randomFixture from './fixtures/random.json' with { type: 'json' };
import { generateBodySchema, optimizeBodySchema, randomBodySchema } from './schemas.ts';

/** What a model that is there would do, and what one that is down does. */
const model: PromptEnhancer = { enhance: async ({ prompt, mode }) => ({ prompt: `${prompt} filmed by ${mode}`, by: 'llm' }) };
const down: PromptEnhancer = {
  enhance: () => Promise.reject(new DomainError('backend_unavailable', 'no answer', { code: 'optimization_failed' })),
};

describe('optimize', async () => {
  const app = await startV2();
  const optimize = async (fields: Record<string, unknown>) => app.call({ action: 'optimize', ...fields });

  it('answers the documented request in every key a reader may look for, and says who wrote it', async () => {
    const answer = await app.call(optimizeFixture.request);
    expect(answer.statusCode).toBe(200);
    const body = optimizeBodySchema.parse(answer.json());
    expect(body).toMatchObject({ original: 'woman walking in rain', negative: '', model: 'wan22', optimizer: 'rules' });
    expect(body.optimized).toBe(body.prompt);
    expect(body.prompt).toMatch(/^woman walking in rain, ./);
  });

  it('leaves -terms as they were written, and gives back what generate takes', async () => {
    const answer = await optimize({ prompt: ' a cat on a wall,  -blurry , --Low Quality,- text' });
    const { prompt, original, negative } = optimizeBodySchema.parse(answer.json());
    expect(prompt).toMatch(/^a cat on a wall, .+, -blurry, --Low Quality, - text$/);
    expect([original, negative]).toEqual(['a cat on a wall,  -blurry , --Low Quality,- text', 'blurry, Low Quality, text']);
    const run = await app.submit({ scenes: [{ prompt }] });
    expect(run.scenes[0]?.negative).toBe(negative);
  });

  it.each([{}, { prompt: '' }, { prompt: '  ' }, { prompt: 5 }, { prompt: null }, { prompt: '-blurry, -text' }])(
    '400 prompt is required for %j',
    async (fields) => {
      const answer = await optimize(fields);
      expect([answer.statusCode, answer.json()]).toEqual([400, { error: 'prompt is required' }]);
    },
  );

  it.each([
    ['Unknown model: x', { prompt: 'a cat', model: 'x' }],
    ['model must be a string', { prompt: 'a cat', model: 5 }],
    ['prompt must be text of at most 4000 characters', { prompt: 'x'.repeat(4001) }],
  ])('400 %s', async (error, fields) => {
    const answer = await optimize(fields);
    expect([answer.statusCode, answer.json()]).toEqual([400, { error, details: [error] }]);
  });

  it.each([',-x'.repeat(1333), `${',y'.repeat(1000)},-${'x'.repeat(1990)}`])(
    'gives back what generate takes though the prompt is as long as one may be',
    async (tail) => {
      const sent = `a${tail}`;
      expect(sent.length).toBeGreaterThan(3990);
      const { prompt, original } = optimizeBodySchema.parse((await optimize({ prompt: sent })).json());
      expect(original).toBe(sent);
      await app.submit({ scenes: [{ prompt }], optimize: true });
    },
  );

  it('takes null for a model as none', async () => {
    expect((await optimize({ prompt: 'a cat', model: null })).json()).toMatchObject({ model: 'wan22' });
  });

  it('502 Optimization failed when the language model is down, never our own rules instead', async () => {
    const broken = await startV2({}, { promptEnhancer: down });
    const answer = await broken.call(optimizeFixture.request);
    expect([answer.statusCode, answer.json()]).toEqual([502, { error: 'Optimization failed' }]);
    const generate = await broken.call({ action: 'generate', scenes: [{ prompt: 'a cat' }], optimize: true });
    expect([generate.statusCode, generate.json()]).toEqual([502, { error: 'Generation failed' }]);
    expect(broken.jobs.submitted()).toEqual([]);
  });
});

describe('generate with optimize', async () => {
  const app = await startV2({}, { promptEnhancer: model });

  it('films the rewritten prompt, and echoes the one that was sent', async () => {
    const scenes = [{ prompt: ' a cat, -blurry', negative: 'text' }, { prompt: 'a dog' }];
    const run = await app.submit({ scenes, optimize: true });
    expect(run).toMatchObject({
      optimizer: 'llm',
      scenes: [{ prompt: 'a cat, -blurry', positive: 'a cat' }, { prompt: 'a dog' }],
    });
    expect(app.jobs.specOf(run.id)).toMatchObject({
      scenes: [
        { prompt: 'a cat filmed by text-to-video', negativePrompt: 'blurry, text' },
        { prompt: 'a dog filmed by text-to-video', negativePrompt: '' },
      ],
    });
  });

  it('leaves prompts alone without it', async () => {
    const run = await app.submit({ optimize: false });
    expect(run.optimizer).toBeUndefined();
    expect(app.jobs.specOf(run.id)).toMatchObject({ scenes: [{ prompt: 'a lighthouse' }] });
  });

  it('is repeated word for word, though a model never says the same twice', async () => {
    const body = { action: 'generate', scenes: [{ prompt: 'a cat' }], optimize: true };
    const post = () => app.call(body, { headers: { 'idempotency-key': 'once' } });
    const first = await post();
    expect((await post()).body).toBe(first.body);
    expect(generateBodySchema.parse(first.json()).optimizer).toBe('llm');
  });
});

describe('random', async () => {
  const app = await startV2();
  const random = async (fields: Record<string, unknown> = {}) => app.call({ action: 'random', ...fields });

  it('answers the documented request with a prompt that generate takes', async () => {
    const answer = await app.call(randomFixture.request);
    expect(answer.statusCode).toBe(200);
    const { prompt } = randomBodySchema.parse(answer.json());
    const run = await app.submit({ scenes: [{ prompt }] });
    expect(run.scenes[0]).toMatchObject({
      prompt,
      positive: expect.stringMatching(/^\w/),
      negative: expect.stringMatching(/^\w/),
    });
  });

  it('draws the same prompt for the same seed, and tells the seed that it drew', async () => {
    const first = randomBodySchema.parse((await random({ model: 'wan22' })).json());
    expect((await random({ seed: first.seed })).json()).toEqual(first);
    expect((await random({ seed: 7 })).json()).not.toEqual((await random({ seed: 8 })).json());
  });

  it('draws another one each time', async () => {
    const prompts = await Promise.all(
      Array.from({ length: 50 }, async () => randomBodySchema.parse((await random()).json()).prompt),
    );
    expect(new Set(prompts).size).toBeGreaterThan(45);
  });

  it.each([
    ['Unknown model: x', { model: 'x' }],
    ['seed must be an integer between 0 and 4294967295', { seed: -1 }],
    ['seed must be an integer between 0 and 4294967295', { seed: '7' }],
    ['seed must be an integer between 0 and 4294967295', { seed: 2 ** 32 }],
  ])('400 %s', async (error, fields) => {
    const answer = await random(fields);
    expect([answer.statusCode, answer.json()]).toEqual([400, { error, details: [error] }]);
  });
});
