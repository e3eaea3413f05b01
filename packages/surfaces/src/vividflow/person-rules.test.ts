import { describe, expect, it } from 'vitest';
import { startVividFlow } from '../../test/harness-vividflow.ts';
import { findRefusedWord } from './person-rules.ts';

describe('person_generation', async () => {
  const withFaces = (ages: readonly number[]) =>
    startVividFlow({}, { faces: { detect: async () => ages.map((ageYears) => ({ ageYears })) } });
  const nobody = await startVividFlow();

  it.each([
    ['deny', 'a woman reads', true],
    ['dont_allow', 'two people walk', true],
    ['deny', 'a child laughs', true],
    ['deny', 'a robot playing chess', false],
    ['allow_adult', 'a woman reads', false],
    ['allow_adult', 'a little girl laughs', true],
    ['allow_adult', 'a baby elephant in a man-made lake', false],
    ['allow_all', 'a little girl laughs', false],
  ])('%s and "%s": refused is %s', async (policy, prompt, isRefused) => {
    const answer = await nobody.generate({ model: 'veo3.1', person_generation: policy, prompt });
    expect(answer.statusCode, answer.body).toBe(isRefused ? 400 : 202);
    if (isRefused) expect(answer.json()).toMatchObject({ error: 'Content blocked', error_type: 'RAI_FILTER' });
  });

  it('looks at what the animations ask for, and by default refuses children', async () => {
    for (const field of ['subject_animation', 'environmental_animation'])
      expect((await nobody.generate({ model: 'veo3.1', [field]: 'toddlers run' })).statusCode).toBe(400);
  });

  it.each([
    ['deny', [40], 400],
    ['deny', [], 202],
    ['allow_adult', [40, 33], 202],
    ['allow_adult', [40, 9], 400],
    ['allow_all', [9], 202],
  ])('%s and faces of %j: %i', async (policy, ages, status) => {
    const app = await withFaces(ages);
    const answer = await app.generate({ model: 'veo3.1', person_generation: policy });
    expect(answer.statusCode, answer.body).toBe(status);
    if (status === 400) expect(app.intake.kept()).toEqual([]);
  });

  it('is a field of veo3.1 alone', async () => {
    const app = await withFaces([9]);
    await app.submit({ model: 'wan2.1', person_generation: 'deny', prompt: 'a child' });
  });

  it('finds words in any case and script width, and only whole words', () => {
    expect(findRefusedWord('deny', ['A WOMAN'])).toBe('woman');
    expect(findRefusedWord('deny', ['ｗｏｍａｎ'])).toBe('woman');
    expect(findRefusedWord('deny', ['mankind manor womanly romance'])).toBeNull();
  });
});
