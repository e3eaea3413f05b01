import { describe, expect, it } from 'vitest';
import { modelCatalog } from '../catalog.ts';
import type { JobSpecOf } from '../job.ts';
import { plan } from './plan.ts';

const catalog = {
  models: modelCatalog,
  capabilities: (['text-to-video', 'image-to-video', 'first-last-frame'] as const).map((task) => ({
    ...{ runner: 'cpu' as const, kind: 'reference' as const, task, model: '*' },
  })),
};
const spec: JobSpecOf<'generate'> = {
  ...{ kind: 'generate', specVersion: 1, model: 'wan22', seed: 1, outputName: 'film', framesPerScene: 80 },
  canvas: { width: 832, height: 480 },
  frameRate: { numerator: 16, denominator: 1 },
  scenes: [
    { prompt: 'a', negativePrompt: '' },
    { prompt: 'b', negativePrompt: '', startFrame: { fileId: 'fil_1' }, endFrame: { fileId: 'fil_2' } },
  ],
};
const publish = { hasInvisibleMark: true, credits: { title: 'T' } };
const stepsOf = (some: JobSpecOf<'generate'>) => plan(some, catalog).steps;

describe('a film that is published', () => {
  it('is marked and signed by the last step of all, and is no result before', () => {
    const steps = stepsOf({ ...spec, publish });
    const film = steps.find(({ key }) => key === 'film');
    expect(film?.params).toMatchObject({ isUnpublished: true });
    expect(steps.at(-1)).toMatchObject({
      ...{ key: 'publish', type: 'publish-film', needs: ['film'], resource: 'cpu' },
      params: {
        ...{ film: { fromStep: 'film' }, publish, softwareAgents: ['Wan 2.2'], outputName: 'film' },
        ingredients: [
          { fileId: 'fil_1', label: 'start-frame-2', title: 'first frame of scene 2' },
          { fileId: 'fil_2', label: 'end-frame-2', title: 'last frame of scene 2' },
        ],
      },
    });
  });

  it('weighs more the more frames are to be marked', () => {
    const weightOf = (some: JobSpecOf<'generate'>): number => stepsOf(some).at(-1)?.weight ?? 0;
    const unmarked = weightOf({ ...spec, publish: { ...publish, hasInvisibleMark: false } });
    expect(weightOf({ ...spec, publish })).toBeGreaterThan(unmarked);
    expect(weightOf({ ...spec, publish, framesPerScene: 800 })).toBeGreaterThan(weightOf({ ...spec, publish }));
  });

  it('leaves the plan of any other film as it was', () => {
    const film = stepsOf(spec).at(-1);
    expect(film).toMatchObject({ key: 'film', type: 'assemble-film' });
    expect(film?.params).not.toHaveProperty('isUnpublished');
  });
});
