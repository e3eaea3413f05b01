import type { RunnerTaskOf, RunnerTaskType } from '@polyreel/core';
import type { RunWarning } from '../../../runner.ts';
import { buildInfiniteTalk } from './infinite-talk.ts';
import { type Available, hasRole } from './model-files.ts';
import { buildCutOutImage, buildUpscaleImage, buildZImage } from './picture.ts';
import { type Quality, type Recipe, recipe, type TaskSources } from './recipe.ts';
import { buildCutOutVideo, buildInterpolate, buildUpscaleVideo, type SourceFilm } from './refine.ts';
import { buildAceStep, buildMmaudio, buildStableAudio } from './sound.ts';
import { buildS2v } from './talking.ts';
import { buildWan21 } from './wan21.ts';
import { buildWan22, type Wan22Sampling, type Wan22TaskType } from './wan22.ts';
import { buildWan22Small } from './wan22-small.ts';

export type { GraphPolicy, Quality, TaskSources } from './recipe.ts';

const clipFramesMax = 81;
const canvas = { width: 832, height: 480 } as const;
const frameRate = { numerator: 16, denominator: 1 } as const;
const clip = { model: 'wan22', canvas, frameRate, frameCount: clipFramesMax, seed: 0, prompt: '', negativePrompt: '' } as const;
const film = { canvas, frameRate, frameCount: 17 } as const;

/** What the inputs of the samples are taken for. */
export const sampleSources: TaskSources = {
  roles: [],
  film: { size: canvas, frameRate: { numerator: 8, denominator: 1 }, frameCount: 9 },
};

const negativeIgnored: RunWarning = { code: 'negative_prompt_ignored', details: {} };
const modelUsed = (model: string): RunWarning[] => [{ code: 'model_used', details: { model } }];
const hasNegative = ({ negativePrompt }: { negativePrompt: string }): boolean => negativePrompt.trim() !== '';

function requireFilm({ film: source }: TaskSources): SourceFilm {
  if (source === undefined) throw new RangeError('the film to be changed must be probed first');
  return source;
}

type Clip = RunnerTaskOf<Wan22TaskType>;

const isAsked = ({ guidance, samplerSteps }: Clip): boolean => guidance !== undefined || samplerSteps !== undefined;

/** The caller's own numbers win; else the operator's quality; where that is open, a negative text decides (decision 20). */
export function samplingOf(task: Clip, quality: Quality): Wan22Sampling {
  if (isAsked(task)) return { mode: 'asked', steps: task.samplerSteps, guidance: task.guidance };
  if (quality !== 'auto') return { mode: quality };
  return { mode: hasNegative(task) ? 'mixed' : 'fast' };
}

/** The samples take both ways of sampling that the operator's quality may come to. */
const wan22 = (type: Wan22TaskType, label: string): Recipe =>
  recipe(['text-to-video', 'image-to-video', 'first-last-frame'], {
    ...{ key: `wan22-${type}`, label: `Wan 2.2 A14B, ${label}`, model: 'wan22', maxFrames: clipFramesMax },
    samples: [
      { type, ...clip },
      { type, ...clip, negativePrompt: 'blurred' },
    ],
    build: (task, { policy, available }) => [buildWan22(task, samplingOf(task, policy.quality), available)],
    warn: (task, { policy }) => (samplingOf(task, policy.quality).mode === 'fast' && hasNegative(task) ? [negativeIgnored] : []),
  });

const wan22Small = (type: 'text-to-video' | 'image-to-video', label: string): Recipe =>
  recipe(['text-to-video', 'image-to-video'], {
    ...{ key: `wan22-5b-${type}`, label: `Wan 2.2 5B, ${label}`, model: 'wan22', maxFrames: clipFramesMax },
    samples: [{ type, ...clip }],
    build: (task, { available }) => [buildWan22Small(task, available)],
    warn: () => modelUsed('Wan 2.2 5B'),
  });

const wan21 = recipe(['image-to-video'], {
  ...{ key: 'wan21-image-to-video', label: 'Wan 2.1 14B, film from a picture', model: 'wan22', maxFrames: clipFramesMax },
  samples: [{ type: 'image-to-video', ...clip }],
  // Who names steps or guidance speaks of one model, not of two experts.
  isPreferred: isAsked,
  build: (task, { available }) => [buildWan21(task, available)],
  warn: () => modelUsed('Wan 2.1'),
});

const talkingClip = { type: 'talking-head', model: 'wan22-s2v', canvas, frameRate, seed: 0, prompt: '' } as const;
/** One that fits a single part and one that does not. */
const talkingClips = [
  { ...talkingClip, frameCount: 200 },
  { ...talkingClip, frameCount: 3000 },
];

const s2v = recipe(['talking-head'], {
  ...{ key: 'wan22-s2v', label: 'Wan 2.2 S2V, speaking picture', model: 'wan22-s2v' },
  samples: talkingClips,
  build: (task, { policy, available }) => buildS2v(task, { isFast: policy.quality === 'fast' }, available),
});

const infiniteTalk = recipe(['talking-head'], {
  ...{ key: 'infinite-talk', label: 'InfiniteTalk, speaking picture', model: 'wan22-s2v' },
  samples: talkingClips,
  build: (task, { available }) => buildInfiniteTalk(task, available),
  warn: () => modelUsed('InfiniteTalk'),
});

type Effect = RunnerTaskOf<'sound-effect'>;
const effect: Effect = {
  ...{ type: 'sound-effect', model: 'sound-effects', prompt: '', negativePrompt: '' },
  ...{ durationSeconds: 5, seed: 0 },
};

const wantsBase = (task: Effect, available: Available): boolean => hasNegative(task) && hasRole(available, 'stableAudioBase');

const stableAudio = recipe(['sound-effect'], {
  ...{ key: 'stable-audio', label: 'Stable Audio 3, sound effect', model: 'sound-effects' },
  samples: [effect],
  build: (task, { available }) => [buildStableAudio(task, wantsBase(task, available), available)],
  warn: (task, { available }) => (hasNegative(task) && !wantsBase(task, available) ? [negativeIgnored] : []),
});

const mmaudio = recipe(['sound-effect'], {
  ...{ key: 'mmaudio', label: 'MMAudio, sound effect', model: 'sound-effects', isNonCommercial: true },
  samples: [effect],
  // It alone looks at the film.
  isPreferred: (_, { roles }) => roles.includes('video'),
  build: (task, { sources, available }) => [buildMmaudio(task, sources.roles.includes('video'), available)],
  warn: () => modelUsed('MMAudio'),
});

const aceStep = recipe(['music'], {
  ...{ key: 'ace-step', label: 'ACE-Step 1.5, music', model: 'ace-step' },
  samples: [
    {
      ...{ type: 'music', model: 'ace-step', tags: '', lyrics: '', bpm: 85, keyscale: 'C major' },
      ...{ durationSeconds: 10, seed: 0 },
    },
  ],
  build: (task, { available }) => [buildAceStep(task, available)],
});

const zImage = recipe(['image'], {
  ...{ key: 'z-image-turbo', label: 'Z-Image Turbo, picture', model: 'z-image-turbo' },
  samples: [{ type: 'image', model: 'z-image-turbo', canvas, seed: 0, prompt: '', negativePrompt: '' }],
  build: (task, { sources, available }) => [buildZImage(task, sources.roles.includes('image'), available)],
  warn: (task) => (hasNegative(task) ? [negativeIgnored] : []),
});

const upscaleImage = recipe(['upscale-image'], {
  ...{ key: 'upscale-image', label: 'RealESRGAN, larger picture', model: 'upscaler' },
  samples: [{ type: 'upscale-image', model: 'upscaler', canvas }],
  build: (task, { available }) => [buildUpscaleImage(task, available)],
});

const upscaleVideo = recipe(['upscale-video'], {
  ...{ key: 'upscale-video', label: 'RealESRGAN, larger film', model: 'upscaler' },
  samples: [{ type: 'upscale-video', model: 'upscaler', ...film }],
  build: (task, { available }) => buildUpscaleVideo(task, available),
});

const interpolate = recipe(['interpolate'], {
  ...{ key: 'interpolate', label: 'RIFE, smoother film', model: 'interpolator' },
  samples: [{ type: 'interpolate', model: 'interpolator', ...film }],
  build: (task, { sources, available }) => buildInterpolate(task, requireFilm(sources), available),
});

const cutOutImage = recipe(['cut-out-image'], {
  ...{ key: 'cut-out-image', label: 'BiRefNet, picture without background', model: 'cut-out' },
  samples: [{ type: 'cut-out-image', model: 'cut-out' }],
  build: (_, { available }) => [buildCutOutImage(available)],
});

const cutOutVideo = recipe(['cut-out-video'], {
  ...{ key: 'cut-out-video', label: 'BiRefNet, film without background', model: 'cut-out' },
  samples: [{ type: 'cut-out-video', model: 'cut-out', ...film }],
  build: (_, { sources, available }) => buildCutOutVideo(requireFilm(sources), available),
});

/** For one task the first that a server can do is taken. Speech and drawings of lines are no matter for this server. */
export const recipes: Readonly<Record<RunnerTaskType, readonly Recipe[]>> = {
  'text-to-video': [wan22('text-to-video', 'film from words'), wan22Small('text-to-video', 'film from words')],
  'image-to-video': [wan22('image-to-video', 'film from a picture'), wan22Small('image-to-video', 'film from a picture'), wan21],
  'first-last-frame': [wan22('first-last-frame', 'film between two pictures')],
  'talking-head': [s2v, infiniteTalk],
  'sound-effect': [stableAudio, mmaudio],
  music: [aceStep],
  speech: [],
  image: [zImage],
  vectorise: [],
  'upscale-image': [upscaleImage],
  'cut-out-image': [cutOutImage],
  'upscale-video': [upscaleVideo],
  interpolate: [interpolate],
  'cut-out-video': [cutOutVideo],
};

export const recipesOf = (type: RunnerTaskType): readonly Recipe[] => recipes[type];
