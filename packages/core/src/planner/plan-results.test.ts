import { describe, expect, it } from 'vitest';
import { modelCatalog } from '../catalog.ts';
import type { JobSpec, JobSpecOf } from '../job.ts';
import type { VisibleMarkSpec } from '../publish.ts';
import { type RunnerTask, runnerTaskTypes } from '../tasks.ts';
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

describe('results with a mark', () => {
  const visibleMark: VisibleMarkSpec = {
    ...{ position: 'bottom-right', scale: 0.15, opacity: 0.8, margin: 0.02 },
    content: { text: 'AI', color: '#ffffff' },
  };
  const marked = { ...results, count: 2, visibleMark };
  const tool = (task: RunnerTask): JobSpecOf<'tool'> => ({
    kind: 'tool',
    specVersion: 1,
    task,
    inputs: { image: { fileId: 'fil_1' }, video: { fileId: 'fil_1' } },
    ...('frameCount' in task && { soundOf: { fileId: 'fil_1' } }),
    outputName: 'film',
  });

  it.each([
    ['film', film],
    ['larger film', tool({ type: 'upscale-video', model: 'upscaler', ...frame, frameCount: 16 })],
    ['larger picture', tool({ type: 'upscale-image', model: 'upscaler', canvas: frame.canvas })],
    ['cut-out', tool({ type: 'cut-out-image', model: 'cut-out' })],
  ])('a %s is drawn on by a step of its own, and only what was drawn on is given away', (_name, spec) => {
    const { steps } = plan({ ...spec, results: marked }, catalog);
    const marks = steps.filter(({ type }) => type === 'draw-mark');
    expect(marks).toHaveLength(2);
    for (const step of steps) {
      if (step.type === 'draw-mark') expect(step.params).toMatchObject({ visibleMark, outputName: 'film' });
      if (step.type === 'process-file') {
        expect(step.params).toMatchObject({ file: { fromStep: step.needs[0] } });
        expect(marks.map(({ key }) => key)).toContain(step.needs[0]);
        expect(step.params.shown).not.toHaveProperty('visibleMark');
      }
      if (step.type === 'assemble-film' || step.type === 'join-sound') expect(step.params.isUnpublished).toBe(true);
      if (step.type === 'run-task') expect(step.params).not.toHaveProperty('outputName');
    }
  });

  it('are refused where nothing can be drawn on: sounds, lines, films with transparency', () => {
    const refused = [
      tool({ type: 'speech', model: 'speech', text: 'hello', voice: 'en-us-female', speedRatio: 1 }),
      tool({ type: 'vectorise', model: 'vectoriser', detailRatio: 0.5 }),
      tool({ type: 'cut-out-video', model: 'cut-out', ...frame, frameCount: 16 }),
    ];
    for (const spec of refused) expect(() => plan({ ...spec, results: marked }, catalog)).toThrow(/mark cannot be drawn/);
  });
});
