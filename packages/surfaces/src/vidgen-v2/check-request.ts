import type { Principal } from '@polyreel/core';
import { type SafetyText, textsOf } from '@polyreel/core/safety';
import type { SurfaceDeps } from '../surface.ts';
import type { Frame } from './frames.ts';
import { parsePrompt } from './parse-prompt.ts';
import type { GenerateRequest } from './schemas.ts';
import type { WatermarkImage } from './watermark-image.ts';

/** What the caller wants to be seen, heard or written into the film. Terms with a dash are not: nobody wants to see them. */
export const textsOfRequest = ({ scenes, music, fx_sound, wm_text, cs }: GenerateRequest): SafetyText[] => [
  ...scenes.map(({ prompt }, index) => ({ place: `scenes[${index}].prompt`, text: parsePrompt(prompt).positive })),
  ...textsOf({ music: { tags: music.tags, lyrics: music.lyrics }, fx_sound: { prompt: fx_sound.prompt }, wm_text, ...cs }),
];

/** Before anything is kept, rewritten or queued. True: all of it was judged. Throws DomainError `content_blocked`. */
export async function checkRequest(
  deps: Pick<SurfaceDeps, 'safety'>,
  principal: Principal,
  request: GenerateRequest,
  frames: readonly Frame[],
  mark: WatermarkImage | null,
): Promise<boolean> {
  const subject = { ...principal, surface: 'vidgen-v2' };
  const checked = [await deps.safety.checkTexts(subject, textsOfRequest(request))];
  for (const { sceneIndex, name, path } of frames)
    checked.push(await deps.safety.checkPicture(subject, { place: `scenes[${sceneIndex}].${name}`, path }));
  if (mark) checked.push(await deps.safety.checkPicture(subject, { place: 'wm_image', path: mark.path }));
  return checked.every(({ isChecked }) => isChecked);
}
