import { type JobSpec, prepareSpeechText, type Principal, type StandaloneResults } from '@polyreel/core';
import { mintSeed } from '../shared/mint-ids.ts';
import type { SurfaceDeps } from '../surface.ts';
import { defaultRatio, doubled, pictureCanvas } from './canvas.ts';
import { toClipSpec, toDepthSpec } from './clip.ts';
import { badParameter } from './errors.ts';
import { createInputs, eitherId, type Inputs, readFrames, readSize } from './inputs.ts';
import { toAvatarSpec } from './avatar.ts';
import {
  avatarSchema,
  clipSchema,
  imageAssetSchema,
  imageSchema,
  musicSchema,
  readBody,
  soundEffectSchema,
  speechSchema,
  videoAssetSchema,
} from './schemas.ts';
import type { Settings } from './settings.ts';
import { findSpeaker } from './voices.ts';
import { toVisibleMark, type WatermarkMode } from './watermark.ts';

/** What a tool asks of the engine. */
export interface ToolRequest {
  readonly spec: ToolSpec;
  readonly inputFileIds: readonly string[];
  readonly description: string;
  readonly common: {
    numResults?: number | null | undefined;
    isOutputTemporary?: boolean | null | undefined;
    watermarkMode?: WatermarkMode | null | undefined;
  };
}
/** Without what all tools share: how often, and where the results are shown. */
export type ToolSpec = Exclude<JobSpec, { kind: 'timeline' | 'process' }>;

export interface ToolContext {
  readonly deps: SurfaceDeps;
  readonly principal: Principal;
  readonly inputs: Inputs;
  readonly seed: number;
  /** Of the result file, without extension. */
  readonly outputName: string;
}

export interface Tool {
  readonly path: string;
  readonly toolType: string;
  read(body: unknown, context: ToolContext): Promise<ToolRequest>;
}

const toolSpec = (task: Extract<JobSpec, { kind: 'tool' }>['task'], outputName: string, more: object = {}): ToolSpec => ({
  kind: 'tool',
  specVersion: 1,
  task,
  inputs: {},
  outputName,
  ...more,
});

/** Cuts, enlarges or traces one picture. */
const pictureTool = (
  path: string,
  toolType: string,
  words: string,
  taskOf: (size: { width: number; height: number }) => Extract<JobSpec, { kind: 'tool' }>['task'],
): Tool => ({
  path,
  toolType,
  async read(body, { inputs, outputName }) {
    const wish = readBody(imageAssetSchema, body);
    const file = await inputs.file(eitherId('imageFileId', wish.imageFileId, wish.imageStorageFileId), 'imageFileId', 'image');
    const task = taskOf(readSize(file, 'imageFileId'));
    return {
      spec: toolSpec(task, outputName, { inputs: { image: { fileId: file.id } } }),
      inputFileIds: [file.id],
      description: `${words}: ${file.description ?? file.displayName}`,
      common: wish,
    };
  },
});

/** Turns one film into another; its sound is joined again. */
const filmTool = (
  path: string,
  toolType: string,
  words: string,
  taskOf: (film: {
    width: number;
    height: number;
    frames: ReturnType<typeof readFrames>;
  }) => Extract<JobSpec, { kind: 'tool' }>['task'],
): Tool => ({
  path,
  toolType,
  async read(body, { inputs, outputName }) {
    const wish = readBody(videoAssetSchema, body);
    const file = await inputs.file(eitherId('videoFileId', wish.videoFileId, wish.videoStorageFileId), 'videoFileId', 'video');
    const task = taskOf({ ...readSize(file, 'videoFileId'), frames: readFrames(file, 'videoFileId') });
    return {
      spec: toolSpec(task, outputName, { inputs: { video: { fileId: file.id } }, soundOf: { fileId: file.id } }),
      inputFileIds: [file.id],
      description: `${words}: ${file.description ?? file.displayName}`,
      common: wish,
    };
  },
});

function enlarge(size: { width: number; height: number }, name: string): { width: number; height: number } {
  const larger = doubled(size);
  if (!larger) throw badParameter(`${name}: ${size.width} x ${size.height} pixels is already as large as 4K`);
  return larger;
}

const even = (pixels: number): number => Math.max(16, Math.floor(pixels / 2) * 2);

export const tools: readonly Tool[] = [
  {
    path: 'generate-image',
    toolType: 'GENERATE_IMAGE',
    async read(body, { inputs, seed, outputName }) {
      const wish = readBody(imageSchema, body);
      refuseEntities(wish.entityIds);
      const references = await inputs.files(wish.imageFileIds ?? [], 'imageFileIds', 'image');
      const [first] = references;
      if (references.length > 1)
        throw badParameter('imageFileIds: more than one reference image is not available on this server');
      const canvas = pictureCanvas(
        wish.aspectRatio ?? (first ? readSize(first, 'imageFileIds') : defaultRatio),
        wish.quality ?? 'STANDARD',
      );
      const task = { type: 'image', model: 'z-image-turbo', canvas, seed, prompt: wish.prompt, negativePrompt: '' } as const;
      return {
        spec: toolSpec(task, outputName, first && { inputs: { image: { fileId: first.id } } }),
        inputFileIds: references.map(({ id }) => id),
        description: wish.prompt,
        common: wish,
      };
    },
  },
  {
    path: 'generate-video-clip',
    toolType: 'GENERATE_VIDEO_CLIP',
    read: (body, context) => toClipSpec(readBody(clipSchema, body), context),
  },
  {
    path: 'text-to-speech',
    toolType: 'TEXT_TO_SPEECH',
    async read(body, { outputName }) {
      const wish = readBody(speechSchema, body);
      const voice = findSpeaker({ voiceId: wish.voiceId, languageCode: wish.speechLanguageCode });
      const text = prepareSpeechText({
        text: wish.ttsText,
        languageCode: wish.speechLanguageCode ?? voice.languageCode,
        pronunciations: wish.pronunciationReplacements ?? [],
        expands: wish.autoExpandPronunciationReplacements ?? false,
      });
      const task = { type: 'speech', model: 'speech', text, voice: voice.key, speedRatio: wish.voiceSpeed ?? 1 } as const;
      return { spec: toolSpec(task, outputName), inputFileIds: [], description: wish.ttsText, common: wish };
    },
  },
  {
    path: 'generate-sound-effect',
    toolType: 'GENERATE_SOUND_EFFECT',
    async read(body, { seed, outputName }) {
      const wish = readBody(soundEffectSchema, body);
      const task = {
        type: 'sound-effect',
        model: 'sound-effects',
        prompt: wish.prompt,
        negativePrompt: '',
        durationSeconds: wish.durationSeconds ?? 10,
        seed,
      } as const;
      return { spec: toolSpec(task, outputName), inputFileIds: [], description: wish.prompt, common: wish };
    },
  },
  {
    path: 'generate-avatar',
    toolType: 'GENERATE_AVATAR',
    read: (body, context) => toAvatarSpec(readBody(avatarSchema, body), context),
  },
  pictureTool('vectorize-image', 'VECTORIZE_IMAGE', 'Vector drawing', () => ({
    type: 'vectorise',
    model: 'vectoriser',
    detailRatio: 0.5,
  })),
  pictureTool('remove-image-background', 'REMOVE_IMAGE_BACKGROUND', 'Without its background', () => ({
    type: 'cut-out-image',
    model: 'cut-out',
  })),
  pictureTool('upscale-image', 'UPSCALE_IMAGE', 'Enlarged', (size) => ({
    type: 'upscale-image',
    model: 'upscaler',
    canvas: enlarge(size, 'imageFileId'),
  })),
  filmTool('remove-video-background', 'REMOVE_VIDEO_BACKGROUND', 'Without its background', ({ width, height, frames }) => ({
    type: 'cut-out-video',
    model: 'cut-out',
    canvas: { width: even(width), height: even(height) },
    ...frames,
  })),
  filmTool('upscale-video', 'UPSCALE_VIDEO', 'Enlarged', ({ width, height, frames }) => ({
    type: 'upscale-video',
    model: 'upscaler',
    canvas: enlarge({ width, height }, 'videoFileId'),
    ...frames,
  })),
  {
    path: 'generate-music',
    toolType: 'GENERATE_MUSIC',
    async read(body, { seed, outputName }) {
      const wish = readBody(musicSchema, body);
      return {
        spec: toolSpec(musicTask(wish.prompt, seed), outputName),
        inputFileIds: [],
        description: wish.prompt,
        common: wish,
      };
    },
  },
  {
    path: 'image-3d-effect',
    toolType: 'IMAGE_3D_EFFECT',
    async read(body, context) {
      const wish = readBody(imageAssetSchema, body);
      const id = eitherId('imageFileId', wish.imageFileId, wish.imageStorageFileId);
      return toDepthSpec(await context.inputs.file(id, 'imageFileId', 'image'), wish, context);
    },
  },
  {
    path: 'generate-motion-graphic',
    toolType: 'GENERATE_MOTION_GRAPHIC',
    read: async () => {
      throw badParameter('generate-motion-graphic is not available on this server');
    },
  },
];

const musicSeconds = 30;

/** Tempo and key where the prompt names them, else those of its mood. */
export function musicTask(prompt: string, seed: number, durationSeconds: number = musicSeconds) {
  const named = /\b(\d{2,3})\s?bpm\b/i.exec(prompt)?.[1];
  const mood = /\b(slow|calm|ambient|sad|sleep|relax\w*)\b/i.test(prompt)
    ? 76
    : /\b(fast|energetic|dance|techno|upbeat|drum)\b/i.test(prompt)
      ? 128
      : 100;
  const key = /\b([A-G](?:b|#)?)\s(major|minor)\b/.exec(prompt)?.[0];
  const isSad = /\b(sad|dark|tense|melanchol\w*|mysterious|epic)\b/i.test(prompt);
  return {
    type: 'music',
    model: 'ace-step',
    tags: prompt,
    lyrics: '',
    bpm: named === undefined ? mood : Math.min(300, Math.max(10, Number(named))),
    keyscale: key ?? (isSad ? 'A minor' : 'C major'),
    durationSeconds,
    seed,
  } as const;
}

export function refuseEntities(entityIds: readonly string[] | null | undefined): void {
  if (entityIds && entityIds.length > 0) throw badParameter('entityIds: entities are not available on this server');
}

/** The whole request of one tool: its spec, told where its results are shown. */
export async function readTool(
  tool: Tool,
  body: unknown,
  deps: SurfaceDeps,
  call: { principal: Principal; executionId: string; settings: Settings },
): Promise<{ spec: JobSpec; inputFileIds: readonly string[] }> {
  const { principal, executionId, settings } = call;
  const context = {
    deps,
    principal,
    inputs: createInputs(deps, principal),
    seed: mintSeed(deps.randomBytes),
    outputName: executionId,
  };
  const { spec, inputFileIds, description, common } = await tool.read(body, context);
  const visibleMark = toVisibleMark(common.watermarkMode, spec, { settings, tool: tool.path });
  const results: StandaloneResults = {
    count: common.numResults ?? 1,
    collection: 'library',
    isTemporary: common.isOutputTemporary ?? false,
    description,
    clientRef: { toolType: tool.toolType, executionId },
    ...(visibleMark && { visibleMark }),
  };
  return { spec: { ...spec, results }, inputFileIds };
}
