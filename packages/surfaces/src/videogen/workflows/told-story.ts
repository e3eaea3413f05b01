import { chooseVoice, type Story, type StoryBeat, type StoryVisual } from '@polyreel/core';
import { defaultRatio, type Ratio } from '../canvas.ts';
import { badParameter } from '../errors.ts';
import { musicTask, type ToolContext } from '../tools.ts';
import { findSpeaker } from '../voices.ts';
import { captionsOf, toCaptionLook, toLogo, toTransition } from './look.ts';
import type { RemixAction, ToldWish } from './schemas.ts';
import { toPicture } from './visuals.ts';

/** Said plainly, so that nobody takes a film for what it is not. */
export function refuseMissing(wish: ToldWish): void {
  const { visualStyle } = wish;
  if (visualStyle.entityId) throw badParameter('visualStyle.entityId: entities are not available on this server, use aiStyle');
  if (visualStyle.type === 'AI_IMAGE' && !visualStyle.aiStyle?.trim()) throw badParameter('visualStyle.aiStyle is required');
  if (wish.actorEntityId) throw badParameter('actorEntityId: entities are not available on this server');
  if (wish.avatarPresenterId)
    throw badParameter('avatarPresenterId: presenters inside a film are not available on this server, use generate-avatar');
}

export function readNarration(wish: { voiceId?: string | null; language?: string | null; voiceSpeed?: number | null }) {
  if (!wish.voiceId && wish.language && !chooseVoice({ languageCode: wish.language }))
    throw badParameter(`language: no voice speaks ${wish.language}`);
  const voice = findSpeaker({ voiceId: wish.voiceId, languageCode: wish.language });
  return { model: 'speech', voice: voice.key, speedRatio: wish.voiceSpeed ?? 1, languageCode: voice.languageCode };
}

/** The wanted shape; the last action that changes it counts. */
export const ratioOf = (wish: ToldWish): Ratio =>
  (wish.remixActions ?? []).reduce<Ratio>(
    (ratio, action) => (action.type === 'RESIZE_PROJECT' ? action.aspectRatio : ratio),
    wish.aspectRatio ?? defaultRatio,
  );

const musicVolume = 0.35;
/** Music is played again after it: enough for most, and soon made. */
const musicSecondsMax = 120;
const bedWords = 'calm cinematic ambient piano, soft pads, instrumental';

export interface ToldParts {
  readonly title: string;
  readonly beats: readonly StoryBeat[];
  readonly visuals: readonly StoryVisual[];
  readonly narration?: Story['narration'];
  readonly recording?: Story['recording'];
  /** Roughly. */
  readonly seconds: number;
}

/** What scripts and recordings have in common: inserts, music, look, and the changes that were ordered with them. */
export async function tellStory(parts: ToldParts, wish: ToldWish, ratio: Ratio, context: ToolContext): Promise<Story> {
  const inserted = (wish.scenes ?? []).map(({ description }) => toPicture(description, { ratio, wish }));
  const logo = wish.logoFileId ? await context.inputs.file(wish.logoFileId, 'logoFileId', 'image') : null;
  const { seconds, beats, visuals, ...rest } = parts;
  const bed = { seconds: Math.min(musicSecondsMax, Math.max(4, Math.ceil(seconds))), seed: context.seed };
  const story: Story = {
    ...rest,
    beats: [...beats],
    visuals: [...visuals, ...inserted],
    inserts: (wish.scenes ?? []).map(({ startSeconds, endSeconds }, index) => ({
      ...{ startSeconds, endSeconds, visual: visuals.length + index },
    })),
    music: { source: { task: musicTask(bedWords, bed.seed, bed.seconds) }, volumeRatio: musicVolume },
    leadSeconds: parts.recording ? 0 : 0.4,
    tailSeconds: parts.recording ? 0 : 1,
    look: {
      captions: captionsOf(wish.captionStyle),
      transition: 'fade',
      isZooming: true,
      ...(logo && { logo: toLogo({ fileId: logo.id }) }),
    },
    seed: context.seed,
  };
  let changed = story;
  for (const [index, action] of (wish.remixActions ?? []).entries())
    changed = await applyAction(changed, action, { ...context, ...bed, place: `remixActions[${index}]` });
  return changed;
}

async function applyAction(
  story: Story,
  action: RemixAction,
  context: ToolContext & { seconds: number; place: string },
): Promise<Story> {
  const { inputs, place } = context;
  const look = (change: Partial<Story['look']>): Story => ({ ...story, look: { ...story.look, ...change } });
  switch (action.type) {
    case 'ENABLE_CAPTIONS':
      return look({ captions: toCaptionLook(action.captionStyle ?? {}) });
    case 'DISABLE_CAPTIONS':
      return look({ captions: null });
    case 'ADD_TRANSITIONS':
      return look({ transition: toTransition(action.assetTransition ?? action.sectionTransition ?? 'DYNAMIC') });
    case 'ADD_ZOOM':
      return look({ isZooming: true });
    case 'RESIZE_PROJECT':
      return story;
    case 'SET_LOGO': {
      const { logo: _logo, ...bare } = story.look;
      if (!action.fileId) return { ...story, look: bare };
      const file = await inputs.file(action.fileId, `${place}.fileId`, 'image');
      return look({ logo: toLogo({ fileId: file.id }, action) });
    }
    case 'SET_BACKGROUND_MUSIC': {
      const { music: _music, ...silent } = story;
      if (!action.fileId) return silent;
      const file = await inputs.file(action.fileId, `${place}.fileId`, 'audio');
      return { ...silent, music: { source: { file: { fileId: file.id } }, volumeRatio: action.volume ?? musicVolume } };
    }
    case 'GENERATE_MUSIC': {
      const task = musicTask(action.prompt, context.seed, context.seconds);
      return { ...story, music: { source: { task }, volumeRatio: musicVolume } };
    }
    case 'CHANGE_NARRATOR': {
      if (action.actorEntityId) throw badParameter(`${place}.actorEntityId: entities are not available on this server`);
      if (!story.narration) return story;
      const { languageCode: _code, ...narration } = readNarration({
        voiceId: action.voiceId,
        voiceSpeed: action.voiceSpeed ?? null,
      });
      return { ...story, narration };
    }
    default:
      throw badParameter(`${place}: ${action.type} is not available on this server`);
  }
}
