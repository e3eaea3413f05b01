import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Catalog, modelCatalog } from '../catalog.ts';
import type { JobSpecOf } from '../job.ts';
import { type PlannedStep, stepParamsSchemas } from '../plan.ts';
import { partNames, type Story, type StoryVisual } from '../story/story.ts';
import { plan } from './plan.ts';

const scale = Number(process.env.TEST_SCALE ?? 0.05);
const runs = Math.max(5, Math.round(1000 * scale));

const catalogOf = (maxFrames?: number): Catalog => ({
  models: modelCatalog,
  capabilities: [
    { runner: 'tool', kind: 'tool', task: 'speech', model: '*' },
    { runner: 'cpu', kind: 'reference', task: 'music', model: '*' },
    ...(['image', 'text-to-video', 'image-to-video'] as const).map((task) => ({
      ...({ runner: 'comfyui', kind: 'model', task, model: '*' } as const),
      ...(maxFrames !== undefined && { maxFrames }),
    })),
  ],
});
const canvas = { width: 640, height: 352 };
const picture = { type: 'picture', model: 'z-image-turbo', canvas, prompt: 'x' } as const;
const clip: StoryVisual = {
  ...{ type: 'clip', model: 'wan22', pictureModel: 'z-image-turbo', canvas, prompt: 'x' },
  ...{ frameRate: { numerator: 16, denominator: 1 }, frameCount: 160 },
};
const own = { type: 'file', file: { fileId: 'fil_1' }, family: 'video' } as const;
const music: NonNullable<Story['music']> = {
  source: {
    task: { type: 'music', model: 'ace-step', tags: '', lyrics: '', bpm: 80, keyscale: 'C major', durationSeconds: 9, seed: 1 },
  },
  volumeRatio: 0.3,
};
const tell = (visuals: readonly StoryVisual[], more: Partial<Story> = {}): JobSpecOf<'story'> => ({
  ...{ kind: 'story', specVersion: 1, outputName: 'run', film: { canvas } },
  story: {
    title: 'x',
    beats: visuals.map((_, visual) => ({ text: `Sentence ${visual}.`, visual, pauseSeconds: 0.2 })),
    visuals: [...visuals],
    ...{ inserts: [], leadSeconds: 0, tailSeconds: 0, seed: 2 ** 32 - 1 },
    look: { captions: null, transition: 'fade', isZooming: true },
    ...more,
  },
  results: { count: 1, collection: 'export', isTemporary: false, description: 'x' },
});
const narration = { model: 'speech', voice: 'en-us-female', speedRatio: 1 };
const keysOf = (steps: readonly PlannedStep[]): string[] => steps.map(({ key }) => key);

describe('a story', () => {
  it('is planned as parts of its names that wait for nothing, a film that needs them all, and its renditions', () => {
    const spec = tell([picture, own, picture], { narration, music });
    const { steps, runners } = plan(spec, catalogOf());
    expect(keysOf(steps)).toEqual(['voice-1', 'voice-2', 'voice-3', 'visual-1', 'visual-3', 'music', 'film', 'process']);
    expect(steps.slice(0, 6).every(({ needs }) => needs.length === 0)).toBe(true);
    expect(steps.find(({ key }) => key === 'film')?.needs).toEqual(partNames(spec.story));
    expect(runners).toEqual(['tool', 'comfyui', 'cpu']);
  });

  it('without a film ends with its parts', () => {
    const { film: _film, results: _results, ...spec } = tell([picture], { narration });
    expect(keysOf(plan(spec, catalogOf()).steps)).toEqual(['voice-1', 'visual-1']);
  });

  it('with nothing to make is refused', () => {
    expect(() => plan(tell([own]), catalogOf())).toThrow('nothing is left to be made');
  });

  it('draws the opening of a clip, then chains chunks as long as the model allows from it', () => {
    const { steps } = plan(tell([clip]), catalogOf(81));
    expect(keysOf(steps)).toEqual([
      'visual-1.opening',
      'visual-1.scene-1.1',
      'visual-1.scene-1.2',
      'visual-1',
      'film',
      'process',
    ]);
    expect(steps[1]).toMatchObject({
      needs: ['visual-1.opening'],
      params: { task: { type: 'image-to-video' }, inputs: { image: { fromStep: 'visual-1.opening', take: 'whole' } } },
    });
    expect(steps[2]).toMatchObject({ params: { inputs: { image: { fromStep: 'visual-1.scene-1.1', take: 'last-frame' } } } });
    expect(steps[3]).toMatchObject({ type: 'assemble-film', params: { outputName: 'visual-1' } });
  });

  it('of any visuals has a plan without cycles, whose parts are all there and whose seeds differ', () => {
    const visual = fc.constantFrom<StoryVisual>(picture, clip, own);
    fc.assert(
      fc.property(fc.array(visual, { minLength: 1, maxLength: 20 }), fc.integer({ min: 5, max: 200 }), (visuals, maxFrames) => {
        const spec = tell(visuals, { narration, music });
        const { steps } = plan(spec, catalogOf(maxFrames));
        const keys = keysOf(steps);
        expect(new Set(keys).size).toBe(keys.length);
        for (const [index, step] of steps.entries()) {
          for (const need of step.needs) expect(keys.indexOf(need)).toBeLessThan(index);
          if (step.needs.length > 0) expect(keys).toEqual(expect.arrayContaining(step.needs));
          expect(stepParamsSchemas[step.type].parse(step.params)).toStrictEqual(step.params);
        }
        expect(keys).toEqual(expect.arrayContaining(partNames(spec.story)));
        const seeds = steps.flatMap(({ type, params }) =>
          type === 'run-task' && params.task.type === 'image' ? [params.task.seed] : [],
        );
        expect(new Set(seeds).size).toBe(seeds.length);
      }),
      { numRuns: runs },
    );
  });
});
