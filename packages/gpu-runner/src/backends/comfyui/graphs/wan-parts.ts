import type { FrameRate } from '@polyreel/core';
import type { Graph } from './graph.ts';
import { saveNodeId } from './describe-graph.ts';

/**
 * What Wan's publishers advise against, in the language that the model was trained in; stands where the caller names nothing.
 * It only counts where guidance is above 1.
 */
export const wanNegative =
  '色调艳丽，过曝，静态，细节模糊不清，字幕，风格，作品，画作，画面，静止，整体发灰，最差质量，低质量，JPEG压缩残留，丑陋的，残缺的，多余的手指，画得不好的手部，画得不好的脸部，畸形的，毁容的，形态畸形的肢体，手指融合，静止不动的画面，杂乱的背景，三条腿，背景人很多，倒着走';

export const wanRate: FrameRate = { numerator: 16, denominator: 1 };
/** Wan's own largest picture, 1280x720. */
export const wanShape = { grid: 16, pixelsMax: 1280 * 720 } as const;

export const node = (class_type: string, inputs: Graph[string]['inputs']): Graph[string] => ({ class_type, inputs });

/** Text encoder, VAE and the two texts: nodes 1, 2, 20, 21. */
export const wanTexts = (files: { umt5: string; vae: string }, texts: { prompt: string; negative: string }): Graph => ({
  '1': node('CLIPLoader', { clip_name: files.umt5, type: 'wan', device: 'default' }),
  '2': node('VAELoader', { vae_name: files.vae }),
  '20': node('CLIPTextEncode', { clip: ['1', 0], text: texts.prompt }),
  '21': node('CLIPTextEncode', { clip: ['1', 0], text: texts.negative }),
});

/** A silent film of the pictures that `images` links to, at `fps`. */
export const saveFilm = (images: readonly [string, number], fps: number): Graph => ({
  '70': node('CreateVideo', { images, fps }),
  [saveNodeId]: node('SaveVideo', { video: ['70', 0], filename_prefix: '', format: 'mp4', codec: 'h264' }),
});

/** Pictures of the latents at `samples`, as a film: nodes 60, 70 and the one that saves. */
export const decodeFilm = (samples: readonly [string, number], fps: number): Graph => ({
  '60': node('VAEDecode', { samples, vae: ['2', 0] }),
  ...saveFilm(['60', 0], fps),
});
