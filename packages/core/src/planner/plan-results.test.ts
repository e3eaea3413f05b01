import { expect, it } from 'vitest';
import { modelCatalog } from '../catalog.ts';
import type { JobSpec } from '../job.ts';
import { runnerTaskTypes } from '../tasks.ts';
import { plan } from './plan.ts';

const capabilities = runnerTaskTypes.map((task) => ({ runner: 'cpu', kind: 'reference', task, model: '*' }) as const);
const catalog = { models: modelCatalog, capabilities };
const results = { count: 3, collection: 'library', isTemporary: false, description: 'waves', clientRef: { a: 1 } } as const;
const frame = { canvas: { width: 64, height: 64 }, frameRate: { numerator: 16, denominator: 1 } } as const;

const film: JobSpec = {
  kind: 'generate',
  specVersion: 1,
  model: 'wan22',
  scenes: [
    { prompt: 'a', negativePrompt: '' },
    { prompt: 'b', negativePrompt: '' },
  ],
  ...frame,
  framesPerScene: 16,
  seed: 5,
  soundEffects: { model: 'sound-effects', prompt: 'wind' },
  outputName: 'film',
  results,
};

const specs: Readonly<Record<string, JobSpec>> = {
  film,
  speech: {
    kind: 'tool',
    specVersion: 1,
    task: { type: 'speech', model: 'speech', text: 'hello', voice: 'en-us-female', speedRatio: 1 },
    inputs: {},
    outputName: 'speech',
    results,
  },
  'larger film': {
    kind: 'tool',
    specVersion: 1,
    task: { type: 'upscale-video', model: 'upscaler', ...frame, frameCount: 16 },
    inputs: { video: { fileId: 'fil_1' } },
    soundOf: { fileId: 'fil_1' },
    outputName: 'film',
    results,
  },
};

/** Every step that is named anywhere inside parameters. */
function namedSteps(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(namedSteps);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'fromStep' && typeof inner === 'string' ? [inner] : namedSteps(inner),
  );
}

it.each(Object.entries(specs))(
  'makes each result of a %s by steps of its own, which read from none of the others',
  (_name, spec) => {
    const { steps } = plan(spec, catalog);
    const keys = steps.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(steps.filter(({ type }) => type === 'process-file')).toHaveLength(results.count);
    for (const step of steps) {
      const named = namedSteps(step.params);
      expect(step.needs, step.key).toEqual(expect.arrayContaining(named));
      for (const key of [...named, ...step.needs]) {
        expect(keys).toContain(key);
        expect(key.split('.')[0]).toBe(step.key.split('.')[0]);
      }
    }
  },
);

it('gives each result a seed of its own, and the first the one that was asked for', () => {
  const seeds = plan(film, catalog).steps.flatMap((step) =>
    step.type === 'run-task' && 'seed' in step.params.task && step.key.endsWith('scene-1') ? [step.params.task.seed] : [],
  );
  expect(new Set(seeds).size).toBe(3);
  expect(seeds[0]).toBe(5);
});
