import type { RunnerTaskOf } from '@polyreel/core';
import { describeGraph } from './describe-graph.ts';
import type { BuiltGraph, Graph } from './graph.ts';
import { type Available, fileOf } from './model-files.ts';
import { drawnSize, framesAtRate, lengthAtLeast } from './shapes.ts';
import { decodeFilm, node, wanNegative, wanTexts } from './wan-parts.ts';

const rate = { numerator: 24, denominator: 1 } as const;
const shape = { grid: 32, pixelsMax: 1280 * 704 } as const;

/** Wan 2.2 5B, one model for words and a first picture, for cards of 24 GB. It draws 24 frames a second, whatever the task asks. */
export function buildWan22Small(task: RunnerTaskOf<'text-to-video' | 'image-to-video'>, available: Available): BuiltGraph {
  const size = drawnSize(task.canvas, shape);
  const length = lengthAtLeast(framesAtRate(task, rate));
  const hasImage = task.type === 'image-to-video';
  const graph: Graph = {
    ...wanTexts(
      { umt5: fileOf(available, 'umt5'), vae: fileOf(available, 'wan22Vae') },
      { prompt: task.prompt, negative: task.negativePrompt || wanNegative },
    ),
    '10': node('UNETLoader', { unet_name: fileOf(available, 'wan5b'), weight_dtype: 'default' }),
    '14': node('ModelSamplingSD3', { model: ['10', 0], shift: 8 }),
    '30': node('Wan22ImageToVideoLatent', {
      ...{ vae: ['2', 0], ...size, length, batch_size: 1 },
      ...(hasImage && { start_image: ['40', 0] }),
    }),
    ...(hasImage && { '40': node('LoadImage', { image: '' }) }),
    '50': node('KSampler', {
      ...{ model: ['14', 0], seed: task.seed, steps: task.samplerSteps ?? 20, cfg: task.guidance ?? 5 },
      ...{ sampler_name: 'uni_pc', scheduler: 'simple', positive: ['20', 0], negative: ['21', 0] },
      ...{ latent_image: ['30', 0], denoise: 1 },
    }),
    ...decodeFilm(['50', 0], rate.numerator),
  };
  return describeGraph({
    ...{ graph, family: 'wan22-5b', outputKind: 'video', frames: length, size, frameRate: rate },
    inputs: hasImage ? [{ source: 'image', nodeId: '40', input: 'image' }] : [],
  });
}
