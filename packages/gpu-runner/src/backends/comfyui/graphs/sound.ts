import { type RunnerTaskOf, StepError } from '@polyreel/core';
import { describeGraph, saveNodeId } from './describe-graph.ts';
import type { BuiltGraph, Graph } from './graph.ts';
import { type Available, fileOf } from './model-files.ts';
import { node } from './wan-parts.ts';

/** Lossless: the runner brings it to the form that is asked. */
const saveSound = (audio: readonly [string, number]): Graph => ({
  [saveNodeId]: node('SaveAudio', { audio, filename_prefix: '' }),
});

/** Tenths, rounded up, and a tenth more: the model rounds to its own grain, and the runner cuts to the exact length. */
const roomySeconds = (seconds: number): number => Math.max(1, Math.ceil(seconds * 10 + 1) / 10);

const tonics = 'C C# Db D D# Eb E F F# Gb G G# Ab A A# Bb B'.split(' ');
const neutralTags = 'instrumental, calm, cinematic, warm';

/** ACE-Step 1.5: a piece of music in the asked tempo and key. Throws StepError for a key that the model does not know. */
export function buildAceStep(task: RunnerTaskOf<'music'>, available: Available): BuiltGraph {
  const seconds = roomySeconds(task.durationSeconds);
  const graph: Graph = {
    '1': node('UNETLoader', { unet_name: fileOf(available, 'aceStep'), weight_dtype: 'default' }),
    '2': node('DualCLIPLoader', {
      ...{ clip_name1: fileOf(available, 'aceTags'), clip_name2: fileOf(available, 'aceCodes') },
      ...{ type: 'ace', device: 'default' },
    }),
    '3': node('VAELoader', { vae_name: fileOf(available, 'aceVae') }),
    '4': node('ModelSamplingAuraFlow', { model: ['1', 0], shift: 3 }),
    '5': node('TextEncodeAceStepAudio1.5', {
      ...{ clip: ['2', 0], tags: task.tags.trim() || neutralTags, lyrics: task.lyrics.trim() || '[Inst]', seed: task.seed },
      ...{
        bpm: task.bpm,
        duration: seconds,
        timesignature: '4',
        language: languageOf(task.lyrics),
        keyscale: keyOf(task.keyscale),
      },
      ...{ generate_audio_codes: true, cfg_scale: 2, temperature: 0.85, top_p: 0.9, top_k: 0, min_p: 0 },
    }),
    '6': node('ConditioningZeroOut', { conditioning: ['5', 0] }),
    '7': node('EmptyAceStep1.5LatentAudio', { seconds, batch_size: 1 }),
    '8': node('KSampler', {
      ...{ model: ['4', 0], seed: task.seed, steps: 8, cfg: 1, sampler_name: 'euler', scheduler: 'simple' },
      ...{ positive: ['5', 0], negative: ['6', 0], latent_image: ['7', 0], denoise: 1 },
    }),
    '9': node('VAEDecodeAudio', { samples: ['8', 0], vae: ['3', 0] }),
    ...saveSound(['9', 0]),
  };
  return describeGraph({ graph, family: 'ace-step', outputKind: 'audio', seconds });
}

function keyOf(keyscale: string): string {
  const [, tonic = '', mode = ''] = /^\s*([A-Ga-g][#b]?)\s+(major|minor)\s*$/i.exec(keyscale) ?? [];
  const key = `${tonic.slice(0, 1).toUpperCase()}${tonic.slice(1)}`;
  if (!tonics.includes(key))
    throw new StepError({
      code: 'unknown_key',
      publicMessage: `The key ${keyscale} is none of C to B, major or minor`,
      permanent: true,
    });
  return `${key} ${mode.toLowerCase()}`;
}

/** By script; words in Latin letters are taken as English. */
const scripts: readonly (readonly [RegExp, string])[] = [
  [/[\p{Script=Hiragana}\p{Script=Katakana}]/u, 'ja'],
  [/\p{Script=Hangul}/u, 'ko'],
  [/\p{Script=Han}/u, 'zh'],
  [/\p{Script=Cyrillic}/u, 'ru'],
  [/\p{Script=Arabic}/u, 'ar'],
  [/\p{Script=Hebrew}/u, 'he'],
  [/\p{Script=Devanagari}/u, 'hi'],
  [/\p{Script=Greek}/u, 'el'],
  [/\p{Script=Thai}/u, 'th'],
];
const languageOf = (lyrics: string): string => scripts.find(([script]) => script.test(lyrics))?.[1] ?? 'en';

/** Stable Audio 3: a sound effect. Only the Base weights, at 50 steps, heed a negative text. */
export function buildStableAudio(task: RunnerTaskOf<'sound-effect'>, isBase: boolean, available: Available): BuiltGraph {
  const seconds = roomySeconds(task.durationSeconds);
  const sampling = isBase
    ? { steps: 50, cfg: 7, sampler_name: 'euler', scheduler: 'simple' }
    : { steps: 8, cfg: 1, sampler_name: 'lcm', scheduler: 'simple' };
  const graph: Graph = {
    '1': node('CheckpointLoaderSimple', { ckpt_name: fileOf(available, isBase ? 'stableAudioBase' : 'stableAudio') }),
    '2': node('CLIPLoader', { clip_name: fileOf(available, 'stableAudioText'), type: 'stable_audio', device: 'default' }),
    '3': node('CLIPTextEncode', { clip: ['2', 0], text: task.prompt }),
    '4': node('CLIPTextEncode', { clip: ['2', 0], text: isBase ? task.negativePrompt : '' }),
    '5': node('EmptyLatentAudio', { seconds, batch_size: 1 }),
    '6': node('KSampler', {
      ...{ model: ['1', 0], seed: task.seed, ...sampling },
      ...{ positive: ['3', 0], negative: ['4', 0], latent_image: ['5', 0], denoise: 1 },
    }),
    '7': node('VAEDecodeAudio', { samples: ['6', 0], vae: ['1', 2] }),
    ...saveSound(['7', 0]),
  };
  return describeGraph({ graph, family: isBase ? 'stable-audio-base' : 'stable-audio', outputKind: 'audio', seconds });
}

/** MMAudio by its custom nodes: a sound of the words and, where a film is given, of what is seen in it. Its weights are not for commerce. */
export function buildMmaudio(task: RunnerTaskOf<'sound-effect'>, hasFilm: boolean, available: Available): BuiltGraph {
  const seconds = roomySeconds(task.durationSeconds);
  const graph: Graph = {
    '1': node('MMAudioModelLoader', { mmaudio_model: fileOf(available, 'mmaudio'), base_precision: 'fp16' }),
    '2': node('MMAudioFeatureUtilsLoader', {
      ...{ vae_model: fileOf(available, 'mmaudioVae'), synchformer_model: fileOf(available, 'mmaudioSync') },
      ...{ clip_model: fileOf(available, 'mmaudioClip'), mode: '44k', precision: 'fp16' },
    }),
    ...(hasFilm && {
      '40': node('LoadVideo', { file: '' }),
      '41': node('GetVideoComponents', { video: ['40', 0] }),
    }),
    '5': node('MMAudioSampler', {
      ...{ mmaudio_model: ['1', 0], feature_utils: ['2', 0], duration: seconds, steps: 25, cfg: 4.5, seed: task.seed },
      ...{ prompt: task.prompt, negative_prompt: task.negativePrompt, mask_away_clip: false, force_offload: true },
      ...(hasFilm && { images: ['41', 0] }),
    }),
    ...saveSound(['5', 0]),
  };
  return describeGraph({
    ...{ graph, family: 'mmaudio', outputKind: 'audio', seconds },
    inputs: hasFilm ? [{ source: 'video', nodeId: '40', input: 'file' }] : [],
  });
}
