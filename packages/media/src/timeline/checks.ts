import type { GenerationTask, TimelineLimits, ValidateTimelineOptions } from './contract.ts';
import { joinPath } from './issues.ts';
import type { Tween } from './schema/common.ts';
import { type Asset, assetOfMask, type Clip, type Edit, type Timeline } from './schema/edit-schema.ts';

/** What the schema cannot say: each fault has a code of its own. */

export interface CheckContext {
  readonly options: ValidateTimelineOptions;
  readonly limits: TimelineLimits;
  readonly error: (path: string, code: string, message: string, hint?: string) => void;
  readonly warn: (path: string, code: string, message: string, hint?: string) => void;
}

export const DEFAULT_LIMITS: TimelineLimits = {
  maxBytes: 10_000_000,
  maxTracks: 100,
  maxClips: 1000,
  maxSeconds: 3 * 60 * 60,
  maxVideoSide: 4096,
  maxStillSide: 8192,
  maxFrameRate: 120,
};

export const MAX_COMPOSITION_DEPTH = 4;

export const checkTimeline = (timeline: Timeline, base: string, context: CheckContext): void => {
  const { error, limits } = context;
  if (timeline.tracks.length > limits.maxTracks) {
    error(`${base}.tracks`, 'too_large', `${timeline.tracks.length} tracks are more than ${limits.maxTracks}`);
  }
  const clipCount = timeline.tracks.reduce((count, track) => count + track.clips.length, 0);
  if (clipCount > limits.maxClips) error(`${base}.tracks`, 'too_large', `${clipCount} clips are more than ${limits.maxClips}`);
  if (timeline.duration !== undefined && timeline.duration > limits.maxSeconds) {
    error(`${base}.duration`, 'too_large', `${timeline.duration} s are more than ${limits.maxSeconds}`);
  }
  if (timeline.soundtrack !== undefined) checkAddress(timeline.soundtrack.src, `${base}.soundtrack.src`, context);
  if (typeof timeline.background === 'object' && 'src' in timeline.background) {
    checkAddress(timeline.background.src, `${base}.background.src`, context);
  }
  for (const [index, font] of (timeline.fonts ?? []).entries()) checkAddress(font.src, `${base}.fonts[${index}].src`, context);
  for (const [trackIndex, track] of timeline.tracks.entries()) {
    for (const [clipIndex, clip] of track.clips.entries()) {
      checkClip(clip, { timeline, path: `${base}.tracks[${trackIndex}].clips[${clipIndex}]`, context });
    }
  }
};

interface ClipPlace {
  readonly timeline: Timeline;
  readonly path: string;
  readonly context: CheckContext;
}

const NO_LUT = 'a lut filter needs src';
const LUT_HINT = 'write [{"name": "lut", "src": "https://..."}]';

const checkClip = (clip: Clip, place: ClipPlace): void => {
  const { path, context } = place;
  if (clip.length === 0) context.error(`${path}.length`, 'zero_length', 'a clip must last longer than 0 s');
  for (const field of ['start', 'length'] as const) {
    const value = clip[field];
    if (typeof value === 'number' && value > context.limits.maxSeconds) {
      context.error(`${path}.${field}`, 'too_large', `${value} s are more than ${context.limits.maxSeconds}`);
    }
  }
  if (clip.mask !== undefined) checkAsset(assetOfMask(clip.mask), { ...place, path: `${path}.mask` });
  if (clip.caption?.font?.src !== undefined) checkAddress(clip.caption.font.src, `${path}.caption.font.src`, context);
  if (clip.filter === 'lut') context.error(`${path}.filter`, 'missing_value', NO_LUT, LUT_HINT);
  for (const [index, filter] of (Array.isArray(clip.filter) ? clip.filter : []).entries()) {
    if (filter === 'lut') context.error(`${path}.filter[${index}]`, 'missing_value', NO_LUT, LUT_HINT);
    if (typeof filter !== 'object') continue;
    if (filter.name === 'lut' && filter.src === undefined) {
      context.error(`${path}.filter[${index}].src`, 'missing_value', NO_LUT);
    }
    if (filter.src !== undefined) checkAddress(filter.src, `${path}.filter[${index}].src`, context);
  }
  for (const [keys, tweens] of tweensOf(clip)) checkTweens(tweens, joinPath(keys, path), context);
  checkAsset(clip.asset, { ...place, path: `${path}.asset` });
};

/** `place.path` is the asset's own. */
const checkAsset = (asset: Asset, place: ClipPlace): void => {
  const { path, context } = place;
  if ('crop' in asset && asset.crop !== undefined) {
    const { left = 0, right = 0, top = 0, bottom = 0 } = asset.crop;
    if (left + right >= 1 || top + bottom >= 1) {
      context.error(
        `${path}.crop`,
        'crop_out_of_range',
        `nothing is left: left + right = ${left + right}, top + bottom = ${top + bottom}`,
      );
    }
  }
  switch (asset.type) {
    case 'html5':
      context.error(
        path,
        'unsupported_asset',
        'html5 is not supported: no page or script of a caller is run here',
        'use html or rich-text',
      );
      return;
    case 'video':
    case 'image':
    case 'audio':
      if (asset.prompt !== undefined) checkGeneration(taskOf(asset), asset.model, asset.prompt, path, context);
      else if (asset.src === undefined) context.error(path, 'unsupported_asset', `${asset.type} needs src or prompt`);
      else checkAddress(asset.src, `${path}.src`, context);
      return;
    case 'text-to-image':
    case 'text-to-video':
    case 'text-to-music':
    case 'text-to-sfx':
      checkGeneration(asset.type, asset.model, asset.prompt, path, context);
      return;
    case 'image-to-video':
      checkAddress(asset.src, `${path}.src`, context);
      checkGeneration(asset.type, asset.model, asset.prompt ?? '', path, context);
      return;
    case 'text-to-speech':
      checkGeneration(asset.type, asset.model, asset.text, path, context);
      return;
    case 'luma':
    case 'caption':
    case 'visualizer':
      checkAddress(asset.src, `${path}.src`, context);
      return;
    case 'svg':
      if (!isMarkup(asset.src)) checkAddress(asset.src, `${path}.src`, context);
      return;
    case 'shape':
      if (asset.shape === 'polygon' || asset.shape === 'star' || asset.shape === 'path' || asset.shape === 'ellipse') {
        if (asset[asset.shape] === undefined)
          context.error(`${path}.${asset.shape}`, 'missing_value', `a ${asset.shape} needs its sizes`);
      }
      return;
    case 'rich-caption':
      checkRichCaption(asset, place);
      return;
    default:
      return;
  }
};

/** Which task makes an asset with a prompt. A voice or the default model speaks; pictures that start from one are animated. */
export const taskOf = (asset: Extract<Asset, { type: 'video' | 'image' | 'audio' }>): GenerationTask => {
  if (asset.type === 'image') return 'text-to-image';
  if (asset.type === 'video') return typeof asset.options?.inputSrc === 'string' ? 'image-to-video' : 'text-to-video';
  const task = asset.options?.task;
  if (task === 'text-to-music' || task === 'text-to-sfx') return task;
  if (/music|song/i.test(asset.model ?? '')) return 'text-to-music';
  return /sfx|sound-?effect/i.test(asset.model ?? '') ? 'text-to-sfx' : 'text-to-speech';
};

const checkGeneration = (
  task: GenerationTask,
  model: string | undefined,
  prompt: string,
  path: string,
  { options, error }: CheckContext,
): void => {
  if (options.generation === undefined) return;
  const models = options.generation.modelsFor(task);
  if (models === null) {
    error(path, 'unsupported_asset', `${task} is not available on this server`);
  } else if (model !== undefined && !models.includes(model)) {
    error(
      `${path}.model`,
      'unknown_model',
      `there is no model ${JSON.stringify(model)} for ${task}; known are ${models.join(', ') || 'none'}`,
    );
  }
  if (prompt.length > 5000) error(path, 'too_large', `a prompt of ${prompt.length} characters is longer than 5000`);
};

const subtitlePattern = /\.(srt|vtt|ass|ssa)(\?|#|$)/i;
/** True when an address names a subtitle file by its ending or its data type; else it is sound to be transcribed. */
export const isSubtitleAddress = (src: string): boolean =>
  subtitlePattern.test(src) || /^data:(text\/|application\/(x-)?(subrip|ass))/i.test(src);

const checkRichCaption = (asset: Extract<Asset, { type: 'rich-caption' }>, place: ClipPlace): void => {
  const fault = richCaptionFault(asset, place);
  if (fault !== undefined) place.context.error(...fault);
};

type Fault = [path: string, code: string, message: string, hint?: string];

const richCaptionFault = (
  asset: Extract<Asset, { type: 'rich-caption' }>,
  { timeline, path: at, context }: ClipPlace,
): Fault | undefined => {
  if (asset.words !== undefined) return undefined;
  if (asset.src === undefined) return [at, 'unsupported_asset', 'rich-caption needs src or words'];
  if (asset.src.startsWith('alias://')) {
    const alias = asset.src.slice('alias://'.length);
    const target = timeline.tracks.flatMap((track) => track.clips).find((clip) => clip.alias === alias);
    if (target === undefined) return [`${at}.src`, 'unknown_alias', `no clip has the alias ${JSON.stringify(alias)}`];
    if (asset.text !== undefined || spokenText(target.asset) !== undefined || context.options.canTranscribe === true)
      return undefined;
  } else {
    checkAddress(asset.src, `${at}.src`, context);
    if (asset.text !== undefined) {
      return [
        `${at}.text`,
        'unsupported_asset',
        'a text takes its times from a clip that speaks it',
        'write "src": "alias://name"',
      ];
    }
    if (isSubtitleAddress(asset.src) || context.options.canTranscribe === true) return undefined;
  }
  const message = 'captions from sound need a speech model, and there is none here';
  return [`${at}.src`, 'transcription_unavailable', message, 'give srt, vtt or words'];
};

/** The words of a clip whose speech we make ourselves: its captions need no transcription. */
export const spokenText = (asset: Asset): string | undefined => {
  if (asset.type === 'text-to-speech') return asset.text;
  return asset.type === 'audio' && asset.prompt !== undefined && taskOf(asset) === 'text-to-speech' ? asset.prompt : undefined;
};

export const isMarkup = (text: string): boolean => text.trimStart().startsWith('<');

const forbiddenScheme =
  /^(file|ftp|sftp|concat|concatf|subfile|pipe|fd|tcp|udp|rtp|rtmp|rtsp|gopher|javascript|blob|crypto|cache):/i;

/** Addresses are fetched later by their owner's rules; here only what could never be fetched is told apart. */
const checkAddress = (src: string, path: string, { error, warn }: CheckContext): void => {
  const scheme = forbiddenScheme.exec(src.trim())?.[1];
  if (scheme !== undefined) {
    error(path, 'unsupported_source', `addresses with ${scheme.toLowerCase()}: are never opened`, 'use https');
  } else if (/^http:\/\//i.test(src.trim())) {
    warn(path, 'insecure_source', 'the source is not https');
  } else if (!/^(https|data|asset|render):/i.test(src.trim())) {
    warn(path, 'unreadable_source', `${JSON.stringify(src.slice(0, 60))} is not an address: fetching it will fail`);
  }
};

/** Every list of tweens inside a clip, with its place. */
const tweensOf = (clip: Clip): [(string | number)[], readonly Tween[]][] => {
  const found: [(string | number)[], readonly Tween[]][] = [];
  const look = (value: unknown, ...keys: string[]): void => {
    if (Array.isArray(value)) found.push([keys, value]);
  };
  const { scale, offset, opacity, transform, volume, asset } = clip;
  if (typeof scale === 'object' && !Array.isArray(scale)) {
    look(scale.x, 'scale', 'x');
    look(scale.y, 'scale', 'y');
  } else look(scale, 'scale');
  look(offset?.x, 'offset', 'x');
  look(offset?.y, 'offset', 'y');
  look(opacity, 'opacity');
  look(volume, 'volume');
  look(transform?.rotate?.angle, 'transform', 'rotate', 'angle');
  look(transform?.skew?.x, 'transform', 'skew', 'x');
  look(transform?.skew?.y, 'transform', 'skew', 'y');
  if ('volume' in asset) look(asset.volume, 'asset', 'volume');
  if (asset.type === 'title') {
    look(asset.offset?.x, 'asset', 'offset', 'x');
    look(asset.offset?.y, 'asset', 'offset', 'y');
  }
  return found;
};

const checkTweens = (tweens: readonly Tween[], path: string, { error }: CheckContext): void => {
  const spans = tweens
    .map((tween, index) => ({ index, from: tween.start ?? 0, to: (tween.start ?? 0) + Math.max(0, tween.length ?? 0) }))
    .sort((a, b) => a.from - b.from || a.to - b.to);
  for (const [at, span] of spans.entries()) {
    const next = spans[at + 1];
    if (next === undefined || next.from >= span.to - 1e-9) continue;
    error(
      `${path}[${next.index}]`,
      'overlapping_tweens',
      `it starts at ${next.from} s, before tween ${span.index} ends at ${span.to} s`,
    );
    return;
  }
};

const knownProviders = ['s3', 'webhook', 'shotstack'];
export const checkDestinations = (edit: Edit, { error, warn, options }: CheckContext): void => {
  for (const [index, { provider }] of (edit.output.destinations ?? []).entries()) {
    if (knownProviders.includes(provider)) continue;
    const report = options.isStrict === false ? warn : error;
    report(
      `output.destinations[${index}].provider`,
      'unsupported_destination',
      `${JSON.stringify(provider)} is not supported; known are ${knownProviders.join(', ')}`,
    );
  }
};
