import { describe, expect, it } from 'vitest';
import { startV2 } from '../../test/harness-v2.ts';

const scenes = [{ prompt: 'rain on a roof, -wind' }, { prompt: 'a fire burns', negative: 'smoke' }];

describe('music and fx_sound', async () => {
  const app = await startV2({ VIDGEN_V2_RATE_LIMITS: 'all=off,generate=off' });
  const specOf = async (body: Readonly<Record<string, unknown>>) => app.jobs.specOf((await app.submit({ scenes, ...body })).id);

  it('are left out unless they are switched on', async () => {
    const spec = await specOf({ music: { tags: 'jazz' }, fx_sound: { prompt: 'rain' } });
    expect(spec).not.toHaveProperty('music');
    expect(spec).not.toHaveProperty('soundEffects');
  });

  it('music has the defaults of the document', async () => {
    expect(await specOf({ music: { enabled: true } })).toMatchObject({
      music: { model: 'ace-step', tags: '', lyrics: '[Inst]', bpm: 85, keyscale: 'Eb minor' },
    });
  });

  it('music takes every parameter, the key in any case and spacing', async () => {
    const music = { enabled: true, tags: ' lofi ', lyrics: 'la la', bpm: 120, keyscale: ' f#  MAJOR' };
    expect(await specOf({ music })).toMatchObject({ music: { tags: 'lofi', lyrics: 'la la', bpm: 120, keyscale: 'F# major' } });
    expect(await specOf({ 'music.enabled': true, 'music.bpm': 10 })).toMatchObject({ music: { bpm: 10 } });
  });

  it('effects follow their prompt under the whole film, without one each scene under itself', async () => {
    expect(await specOf({ fx_sound: { enabled: true, prompt: 'thunder', negative_prompt: 'birds' } })).toMatchObject({
      soundEffects: { model: 'sound-effects', prompt: 'thunder', negativePrompt: 'birds' },
    });
    const follows = await specOf({ 'fx_sound.enabled': true, 'fx_sound.prompt': '  ' });
    expect(follows).toMatchObject({ soundEffects: { prompt: '', scenePrompts: ['rain on a roof', 'a fire burns'] } });
  });

  it('are steps beside the scenes, mixed under the film', async () => {
    await app.submit({ scenes, music: { enabled: true }, fx_sound: { enabled: true } });
    const steps = app.jobs.submitted().at(-1)?.plan.steps ?? [];
    expect(steps.map(({ key }) => key).slice(0, 6)).toEqual(['scene-1', 'scene-2', 'sound-1', 'sound-2', 'music', 'film']);
  });
});
