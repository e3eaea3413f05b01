import { describe, expect, it } from 'vitest';
import { modelFiles } from '../backends/comfyui/graphs/model-files.ts';
import { addressOf, filesOfSet, findModelFile, modelManifest, modelProfiles, modelSets } from './manifest.ts';

describe('the manifest of models', () => {
  it('has the first file of every role that a graph can name', () => {
    for (const [role, [folder, file]] of Object.entries(modelFiles)) expect(findModelFile(folder, file)?.role, role).toBe(role);
  });
  it('names every file once', () => {
    const names = modelManifest.map(({ folder, file }) => `${folder}/${file}`);
    expect(new Set(names).size).toBe(names.length);
  });
  it('makes sets without doubles for every size of card, and leaves what is not for commerce out of all of them', () => {
    for (const set of modelSets)
      for (const profile of modelProfiles) {
        const files = filesOfSet(set, profile);
        expect(new Set(files.map(({ role }) => role)).size).toBe(files.length);
        expect(files.filter(({ licence }) => licence.key === 'cc-by-nc-4.0')).toEqual([]);
      }
    expect(filesOfSet('all', '24gb').length).toBeGreaterThan(filesOfSet('core', '24gb').length);
  });
  it('takes the larger talking model for large cards', () => {
    const talker = (profile: '24gb' | '80gb') => filesOfSet('talking', profile).find(({ role }) => role === 's2v')?.file;
    expect(talker('24gb')).toContain('fp8');
    expect(talker('80gb')).toContain('bf16');
  });
  it('gives the address on the publisher or a mirror', () => {
    const vae = findModelFile('vae', 'ace_1.5_vae.safetensors');
    if (vae === null) throw new Error('no such file');
    expect(addressOf(vae, 'https://mirror.example/hub/')).toBe(
      'https://mirror.example/hub/Comfy-Org/ace_step_1.5_ComfyUI_files/resolve/main/split_files/vae/ace_1.5_vae.safetensors',
    );
  });
});
