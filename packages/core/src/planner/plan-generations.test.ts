import { describe, expect, test } from 'vitest';
import { type Catalog, modelCatalog } from '../catalog.ts';
import type { JobSpecOf, TimelineGeneration } from '../job.ts';
import { stepParamsSchemas } from '../plan.ts';
import { runnerTaskTypes } from '../tasks.ts';
import { plan } from './plan.ts';

const cpu: Catalog = {
  models: modelCatalog,
  capabilities: runnerTaskTypes.map((task) => ({ runner: 'cpu', kind: 'reference', task, model: '*' })),
};
const gpu: Catalog = {
  models: modelCatalog,
  capabilities: (['text-to-video', 'image-to-video'] as const).map((task) => ({
    ...{ runner: 'comfyui', kind: 'model', task, model: 'wan22', maxFrames: 81 },
  })),
};
const clip = (frameCount: number, image?: TimelineGeneration['image']): TimelineGeneration => ({
  place: 'timeline.tracks[0].clips[0].asset.prompt',
  task: {
    ...{ type: 'clip', model: 'wan22', canvas: { width: 832, height: 480 }, frameRate: { numerator: 16, denominator: 1 } },
    ...{ frameCount, seed: 7, prompt: 'a harbour', negativePrompt: '' },
  },
  ...(image && { image }),
});
const voice: TimelineGeneration = {
  place: 'timeline.tracks[1].clips[0].asset.text',
  task: { type: 'speech', model: 'speech', text: 'Welcome', voice: 'en-us-female', speedRatio: 1 },
};
const timeline = (generations: Record<string, TimelineGeneration>): JobSpecOf<'timeline'> => ({
  ...{ kind: 'timeline', specVersion: 1, edit: {}, files: { 'asset://a': { fileId: 'fil_a' } }, outputName: 'x' },
  generations,
});

describe('a timeline with generated assets', () => {
  test('makes them side by side, reuses what was made, and draws when all are there', () => {
    const { steps, runners } = plan(timeline({ src_1: clip(80), src_2: voice }), cpu);
    expect(steps).toMatchObject([
      {
        key: 'asset-1',
        type: 'run-task',
        needs: [],
        isMilestone: true,
        params: { isReused: true, task: { type: 'text-to-video' } },
      },
      { key: 'asset-2', type: 'run-task', needs: [], params: { isReused: true, task: { type: 'speech' } } },
      {
        ...{ key: 'render', needs: ['asset-1', 'asset-2'] },
        params: { files: { 'asset://a': { fileId: 'fil_a' }, src_1: { fromStep: 'asset-1' }, src_2: { fromStep: 'asset-2' } } },
      },
    ]);
    expect(runners).toEqual(['cpu']);
    for (const step of steps) expect(stepParamsSchemas[step.type].safeParse(step.params).success).toBe(true);
  });

  test('chains a clip longer than the model, and puts it together under the name that is drawn', () => {
    const { steps } = plan(timeline({ src_1: clip(160) }), gpu);
    expect(steps.map(({ key, needs }) => [key, needs])).toEqual([
      ['asset-1.scene-1.1', []],
      ['asset-1.scene-1.2', ['asset-1.scene-1.1']],
      ['asset-1', ['asset-1.scene-1.1', 'asset-1.scene-1.2']],
      ['render', ['asset-1']],
    ]);
    expect(steps[1]).toMatchObject({ params: { inputs: { image: { fromStep: 'asset-1.scene-1.1', take: 'last-frame' } } } });
    expect(steps[2]).toMatchObject({ type: 'assemble-film', params: { isUnpublished: true } });
    expect(steps.filter(({ isMilestone }) => isMilestone)).toHaveLength(2);
  });

  test('starts from a file of the account, or from an address that is fetched first', () => {
    const own = plan(timeline({ src_1: clip(80, { fileId: 'fil_b' }) }), cpu).steps;
    expect(own).toMatchObject([{ params: { task: { type: 'image-to-video' }, inputs: { image: { fileId: 'fil_b' } } } }, {}]);
    const far = plan(timeline({ src_1: clip(80, { url: 'https://a.example/b.png' }) }), cpu).steps;
    expect(far).toMatchObject([
      { key: 'asset-1.input', type: 'fetch-file', resource: 'io', params: { url: 'https://a.example/b.png' } },
      {
        ...{ key: 'asset-1', needs: ['asset-1.input'] },
        params: { task: { type: 'image-to-video' }, inputs: { image: { fromStep: 'asset-1.input', take: 'whole' } } },
      },
      { key: 'render', needs: ['asset-1'] },
    ]);
  });

  test('is refused when no worker can make what it needs', () => {
    expect(() => plan(timeline({ src_2: voice }), gpu)).toThrow(expect.objectContaining({ code: 'no_capable_worker' }));
  });
});
