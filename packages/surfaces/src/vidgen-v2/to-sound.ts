import type { JobSpecOf, RunnerTaskType } from '@polyreel/core';
import { parsePrompt } from './parse-prompt.ts';
import type { GenerateRequest } from './schemas.ts';

type SoundSpec = Pick<JobSpecOf<'generate'>, 'soundEffects' | 'music'>;

/** Models that make sound; their work, and the switch that asks for it. */
export const soundSwitches = { 'music.enabled': 'music', 'fx_sound.enabled': 'sound-effect' } as const satisfies Record<
  string,
  RunnerTaskType
>;

/** What is heard under the film. Without a prompt of their own, effects follow each scene's. */
export function toSound({ music, fx_sound: effects, scenes }: GenerateRequest): SoundSpec {
  const prompt = effects.prompt.trim();
  const scenePrompts = scenes.map((scene) => parsePrompt(scene.prompt).positive);
  return {
    ...(effects.enabled && {
      soundEffects: {
        model: 'sound-effects',
        prompt,
        negativePrompt: effects.negative_prompt.trim(),
        ...(prompt === '' && { scenePrompts }),
      },
    }),
    ...(music.enabled && {
      music: {
        model: 'ace-step',
        tags: music.tags.trim(),
        lyrics: music.lyrics.trim(),
        bpm: music.bpm,
        keyscale: keyName(music.keyscale),
      },
    }),
  };
}

/** `eb  MINOR` is `Eb minor`. */
function keyName(keyscale: string): string {
  const [note = '', mode = ''] = keyscale.trim().toLowerCase().split(/\s+/);
  return `${note.charAt(0).toUpperCase()}${note.slice(1)} ${mode}`;
}
