import type { EnhanceRequest, PromptEnhancer, SceneMode } from '../ports/prompt-enhancer.ts';
import { createDraw, type Draw, seedOfText } from './draw.ts';
import {
  cameraMoves,
  filmThemes,
  namesCamera,
  namesLight,
  namesMotion,
  nightLight,
  nightWords,
  pictureCamera,
  pictureLight,
  plainTheme,
  transitionMotion,
} from './film-words.ts';

/**
 * The prompt as it is, then what it does not say yet: what moves, the light, the camera. Pure: equal prompts get equal answers, and a
 * prompt that says all of it comes back unchanged. What does not fit is left off, never the caller's own words.
 */
export function enhanceByRules({ prompt, mode, lengthMax }: EnhanceRequest): string {
  const subject = prompt.trim().replace(/[\s,.;:]+$/, '');
  const draw = createDraw(seedOfText(`${mode} ${subject}`));
  let text = subject;
  for (const phrase of missingPhrases(subject, mode, draw)) {
    if (text.length + phrase.length + 2 <= lengthMax) text = text === '' ? phrase : `${text}, ${phrase}`;
  }
  return text;
}

function missingPhrases(subject: string, mode: SceneMode, draw: Draw): string[] {
  const theme = filmThemes.find(({ words }) => words.test(subject)) ?? plainTheme;
  const isFromPicture = mode !== 'text-to-video';
  const motion = mode === 'first-last-frame' ? transitionMotion : theme.motion;
  const light = isFromPicture ? pictureLight : nightWords.test(subject) ? nightLight : theme.light;
  const camera = isFromPicture ? pictureCamera : cameraMoves;
  return [
    ...(namesMotion.test(subject) ? [] : [draw.pick(motion)]),
    ...(namesLight.test(subject) ? [] : [draw.pick(light)]),
    ...(namesCamera.test(subject) ? [] : [draw.pick(camera)]),
  ];
}

/** Works without any service. */
export const rulesEnhancer: PromptEnhancer = {
  enhance: async (request) => ({ prompt: enhanceByRules(request), by: 'rules' }),
};
