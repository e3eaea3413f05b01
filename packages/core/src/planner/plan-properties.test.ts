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
