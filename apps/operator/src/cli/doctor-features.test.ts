import { loadConfig } from '@polyreel/config';
import { surfaceSchemas } from '@polyreel/surfaces';
import { type FakeComfy, productionModels, startFakeComfy } from '@polyreel/testkit/comfyui';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { examineFeatures } from './doctor-features.ts';

let fakes: FakeComfy[];
beforeAll(async () => {
  const loras = (productionModels.loras ?? []).filter((file) => !file.includes('i2v'));
  fakes = await Promise.all([
    startFakeComfy({ models: {} }),
    startFakeComfy({ models: { ...productionModels, loras, upscale_models: [] } }),
  ]);
});
afterAll(() => Promise.all(fakes.map((fake) => fake.close())));

const configOf = (env: Record<string, string>) => loadConfig(env, [], surfaceSchemas);
const look = async (env: Record<string, string>) => {
  const rows = await examineFeatures(configOf(env));
  return (surface: string, feature: string) => rows.find((row) => row[0] === surface && row[1] === feature)?.slice(2);
};

describe('the doctor’s table of features', () => {
  it('says what works, by which model, and of what does not, which files are missing and where they are published', async () => {
    const find = await look({ COMFYUI_URLS: fakes.map(({ url }) => url).join(',') });
    expect(find('vidgen-v2', 'scenes from prompts')).toEqual(['works', 'Wan 2.2 A14B, film from words; 1 server']);
    const [state, what] = find('vidgen-v2', 'start_frame and end_frame') ?? [];
    expect(state).toBe('missing');
    expect(what).toContain('loras/wan2.2_i2v_lightx2v_4steps_lora_v1_high_noise.safetensors (from Comfy-Org/');
    expect(find('vidgen-v2', 'upscale')).toEqual(['works', 'a tool on this machine']);
    expect(find('vidgen-v1', 'talking video')?.[0]).toBe('works');
  });

  it('says that no server answers', async () => {
    const find = await look({ COMFYUI_URLS: 'http://127.0.0.1:9' });
    expect(find('vidgen-v1', 'talking video')).toEqual(['missing', 'no server answers']);
  });

  it('asks only for the surfaces that are switched on', async () => {
    const [empty] = fakes;
    const find = await look({ COMFYUI_URLS: empty?.url ?? '', SURFACES: 'videogen' });
    expect(find('videogen', 'generate-image')?.[1]).toContain('diffusion_models/z_image_turbo_bf16.safetensors');
    expect(find('vidgen-v1', 'talking video')).toBeUndefined();
  });

  it('has no rows without ComfyUI', async () => {
    expect(await examineFeatures(configOf({}))).toEqual([]);
  });
});
