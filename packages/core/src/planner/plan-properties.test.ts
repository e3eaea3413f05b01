import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Catalog, modelCatalog } from '../catalog.ts';
import { filmTaskSchema } from '../tasks.ts';
import { plan } from './plan.ts';

const scale = Number(process.env.TEST_SCALE ?? 0.05);
const runs = Math.max(5, Math.round(2000 * scale));

test('any film has exactly its frames, whatever the clip length of the model', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2000 }),
      fc.integer({ min: 5, max: 200 }),
      fc.integer({ min: 1, max: 5 }),
      (frames, maxFrames, count) => {
        const catalog: Catalog = {
          models: modelCatalog,
          capabilities: (['text-to-video', 'image-to-video'] as const).map((task) => ({
            runner: 'comfyui',
            kind: 'model',
            task,
            model: 'wan22',
            maxFrames,
          })),
        };
        const scenes = Array.from({ length: count }, () => ({ prompt: 'x', negativePrompt: '' }));
        const planned = plan(
          {
            kind: 'generate',
            specVersion: 1,
            model: 'wan22',
            scenes,
            canvas: { width: 64, height: 64 },
            frameRate: { numerator: 16, denominator: 1 },
            framesPerScene: frames,
            seed: 2 ** 32 - 1,
            outputName: 'x',
          },
          catalog,
        );
        const keys = planned.steps.map((step) => step.key);
        expect(new Set(keys).size).toBe(keys.length);
        // Every need is an earlier step: the plan has no cycle.
        for (const [index, step] of planned.steps.entries())
          for (const need of step.needs) expect(keys.indexOf(need)).toBeLessThan(index);
        const last = planned.steps.at(-1);
        const clips = last?.type === 'assemble-film' ? last.params.clips : [];
        expect(clips.reduce((sum, clip) => sum + clip.frameCount, 0)).toBe(frames * count);
        expect(planned.steps.filter((step) => step.isMilestone)).toHaveLength(count);
        for (const step of planned.steps)
          if (step.type === 'run-task') {
            const task = filmTaskSchema.parse(step.params.task);
            expect(task.frameCount).toBeLessThanOrEqual(maxFrames);
            expect(task.seed).toBeLessThan(2 ** 32);
          }
      },
    ),
    { numRuns: runs },
  );
}, 120_000);

test('any film is enlarged and brought to its rate scene by scene, and has exactly its frames', () => {
  const capabilities = [
    { runner: 'comfyui' as const, kind: 'model' as const, task: 'text-to-video' as const, model: 'wan22', maxFrames: 81 },
    { runner: 'comfyui' as const, kind: 'model' as const, task: 'image-to-video' as const, model: 'wan22', maxFrames: 81 },
    ...(['upscale-video', 'interpolate'] as const).map((task) => ({
      ...{ runner: 'tool' as const, kind: 'tool' as const, task, model: '*' },
    })),
  ];
  const rates = [16, 24, 25, 30, 32, 60];
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 30 }),
      fc.constantFrom(...rates),
      fc.constantFrom(undefined, ...rates),
      fc.constantFrom(undefined, 2 as const, 4 as const),
      fc.integer({ min: 1, max: 3 }),
      (seconds, asked, output, upscaleFactor, count) => {
        const rate = (numerator: number) => ({ numerator, denominator: 1 });
        const planned = plan(
          {
            ...{ kind: 'generate', specVersion: 1, model: 'wan22', seed: 3, outputName: 'x' },
            scenes: Array.from({ length: count }, () => ({ prompt: 'x', negativePrompt: '' })),
            canvas: { width: 64, height: 48 },
            frameRate: rate(asked),
            framesPerScene: seconds * asked,
            ...(upscaleFactor && { upscaleFactor }),
            ...(output && { outputFrameRate: rate(output) }),
          },
          { models: modelCatalog, capabilities },
        );
        const film = planned.steps.find((step) => step.type === 'assemble-film');
        const wanted = output ?? asked;
        expect(film?.params).toMatchObject({
          frameRate: rate(wanted),
          canvas: { width: 64 * (upscaleFactor ?? 1), height: 48 * (upscaleFactor ?? 1) },
        });
        expect(planned.steps.filter((step) => step.isMilestone)).toHaveLength(count);
        let shown = 0;
        for (const clip of film?.params.clips ?? []) {
          shown += clip.frameCount;
          const source = planned.steps.find(({ key }) => key === clip.fromStep);
          const task = source?.type === 'run-task' ? source.params.task : undefined;
          // The last step of each clip makes what the film takes, at the film's size and rate.
          expect(task).toMatchObject({ frameRate: rate(wanted), canvas: film?.params.canvas });
          if (!task || !('frameCount' in task)) throw new Error('the film takes something that is no clip');
          expect(task.frameCount).toBeGreaterThanOrEqual(clip.skipFrames + clip.frameCount);
          if (task.type === 'interpolate') expect(task.frameCount).toBe(clip.frameCount);
        }
        expect(shown).toBe(seconds * wanted * count);
      },
    ),
    { numRuns: runs },
  );
});
