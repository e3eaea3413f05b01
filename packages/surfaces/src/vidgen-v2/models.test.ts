import { modelCapabilities } from '@polyreel/testkit/surface-app';
import { describe, expect, it } from 'vitest';
import { startV2 } from '../../test/harness-v2.ts';
import documented from './fixtures/models.json' with { type: 'json' };
import { modelsBodySchema } from './schemas.ts';

describe('models', async () => {
  const onModels = await startV2({}, { capabilities: modelCapabilities });

  it('answers the documented body, and more about each model', async () => {
    const answer = await onModels.call(documented.request);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    expect(answer.json()).toMatchObject(documented.answer);
    expect(modelsBodySchema.parse(answer.json()).models.wan22).toEqual({
      label: 'Wan 2.2',
      modes: ['t2v', 'i2v', 'flf2v'],
      fps: 16,
      scene_seconds: 5,
    });
  });

  it('names the default model first and none that makes no scenes', async () => {
    const { models } = modelsBodySchema.parse((await onModels.call(documented.request)).json());
    expect(Object.keys(models)).toEqual(['wan22']);
  });

  it('marks a model that the cpu reference renderer would stand in for', async () => {
    const app = await startV2();
    const { models } = modelsBodySchema.parse((await app.call(documented.request)).json());
    expect(models.wan22?.label).toBe('Wan 2.2 (CPU reference renderer, not the model)');
  });

  it('answers without any worker, and claims nothing about who would serve', async () => {
    const app = await startV2({}, { capabilities: [] });
    const { models } = modelsBodySchema.parse((await app.call(documented.request)).json());
    expect(models.wan22?.label).toBe('Wan 2.2');
  });

  it('reports VIDGEN_V2_MAX_SCENES', async () => {
    const app = await startV2({ VIDGEN_V2_MAX_SCENES: '12' });
    expect((await app.call(documented.request)).json()).toMatchObject({ max_scenes: 12 });
  });
});
