import { type LibraryFile, type SceneSpec, secondsOf } from '@polyreel/core';
import type { z } from 'zod';
import { defaultRatio, filmCanvas } from './canvas.ts';
import { badParameter } from './errors.ts';
import { readSeconds, readSize } from './inputs.ts';
import type { clipSchema } from './schemas.ts';
import { refuseEntities, type ToolContext, type ToolRequest } from './tools.ts';

type ClipWish = z.infer<typeof clipSchema>;

/** The clip model's own rate. */
export const clipRate = { numerator: 16, denominator: 1 } as const;
const automaticSeconds = 5;
const longestSeconds = 30;
/** For a clip that was described by pictures alone. */
const quietPrompt = 'Natural motion, gentle camera movement';

/** Text alone; from one picture; from picture to picture; with a given sound, spoken by the picture where there is one. */
export async function toClipSpec(wish: ClipWish, context: ToolContext): Promise<ToolRequest> {
  const { inputs, seed, outputName } = context;
  refuseUnavailable(wish);
  const pictureIds = [...(wish.startFrameFileId ? [wish.startFrameFileId] : []), ...(wish.imageFileIds ?? [])];
  const pictures = await inputs.files(
    [...new Set(pictureIds)],
    wish.startFrameFileId ? 'startFrameFileId' : 'imageFileIds',
    'image',
  );
  const [sound, ...others] = await inputs.files(wish.audioFileIds ?? [], 'audioFileIds', 'audio');
  if (others.length > 0) throw badParameter('audioFileIds: more than one recording is not available on this server');
  const prompt = wish.prompt?.trim() ?? '';
  if (prompt === '' && pictures.length === 0 && !sound)
    throw badParameter('prompt is required, or one of startFrameFileId, imageFileIds, audioFileIds');
  const [first] = pictures;
  const ratio = wish.aspectRatio ?? (first ? boundedRatio(readSize(first, 'imageFileIds')) : defaultRatio);
  const canvas = filmCanvas(ratio, wish.quality ?? 'STANDARD');
  const common = { inputFileIds: [...pictures, ...(sound ? [sound] : [])].map(({ id }) => id), common: wish };
  const description = prompt || `Clip of ${[...pictures, ...(sound ? [sound] : [])].map((file) => file.displayName).join(', ')}`;
  if (sound && first) {
    const audioSeconds = checkedSeconds(sound);
    return {
      ...common,
      description,
      spec: {
        kind: 'animate',
        specVersion: 1,
        model: 'wan22-s2v',
        image: { fileId: first.id },
        audio: { fileId: sound.id },
        audioSeconds,
        canvas,
        frameRate: clipRate,
        seed,
        prompt: prompt || quietPrompt,
        outputName,
      },
    };
  }
  const soundtrack = sound && { fileId: sound.id, seconds: checkedSeconds(sound) };
  const scenes = toScenes(prompt || quietPrompt, pictures);
  const seconds = soundtrack?.seconds ?? wish.durationSeconds ?? automaticSeconds;
  return {
    ...common,
    description,
    spec: {
      kind: 'generate',
      specVersion: 1,
      model: 'wan22',
      scenes,
      canvas,
      frameRate: clipRate,
      framesPerScene: Math.max(1, Math.round((seconds * clipRate.numerator) / scenes.length)),
      seed,
      ...(soundtrack ? { soundtrack } : wish.generateAudio && { soundEffects: { model: 'sound-effects', prompt: description } }),
      outputName,
    },
  };
}

/** A picture that seems to have depth: the camera moves past it. */
export async function toDepthSpec(file: LibraryFile, common: ToolRequest['common'], context: ToolContext): Promise<ToolRequest> {
  const scene = {
    prompt: 'Slow 3D parallax orbit, the camera moves around the still subject',
    negativePrompt: '',
    startFrame: { fileId: file.id },
  };
  return {
    inputFileIds: [file.id],
    common,
    description: `3D effect: ${file.description ?? file.displayName}`,
    spec: {
      kind: 'generate',
      specVersion: 1,
      model: 'wan22',
      scenes: [scene],
      canvas: filmCanvas(boundedRatio(readSize(file, 'imageFileId')), 'STANDARD'),
      frameRate: clipRate,
      framesPerScene: automaticSeconds * clipRate.numerator,
      seed: context.seed,
      outputName: context.outputName,
    },
  };
}

/** One picture begins the clip; each further one is reached from the one before. */
function toScenes(prompt: string, pictures: readonly LibraryFile[]): SceneSpec[] {
  const scene = { prompt, negativePrompt: '' };
  const refs = pictures.map(({ id }) => ({ fileId: id }));
  const [only] = refs;
  if (refs.length < 2) return [{ ...scene, ...(only && { startFrame: only }) }];
  return refs.slice(1).map((endFrame, index) => ({ ...scene, startFrame: refs[index] ?? endFrame, endFrame }));
}

/** A picture longer than 4:1 is cut to that. */
const boundedRatio = ({ width, height }: { width: number; height: number }) => ({
  width: Math.min(width, height * 4),
  height: Math.min(height, width * 4),
});

export function checkedSeconds(sound: LibraryFile, longest: number = longestSeconds): number {
  const seconds = readSeconds(sound, 'audioFileIds');
  if (seconds > longest)
    throw badParameter(`audio of ${secondsOf(sound.facts)?.toFixed(1)} seconds is longer than ${longest} seconds`);
  return seconds;
}

/** Said plainly, so that nobody takes a clip for what it is not. */
function refuseUnavailable(wish: ClipWish): void {
  if (wish.videoFileId || (wish.videoFileIds && wish.videoFileIds.length > 0))
    throw badParameter('videoFileIds: guidance by videos is not available on this server');
  if (wish.spokenDialogue)
    throw badParameter('spokenDialogue is not available on this server: use text-to-speech and audioFileIds');
  refuseEntities(null);
}
