import type { Canvas, RunnerTaskOf } from '@polyreel/core';
import { describeGraph } from './describe-graph.ts';
import type { BuiltGraph, Graph } from './graph.ts';
import { type Available, fileOf, hasRole, type ModelRole } from './model-files.ts';
import { drawnSize, framesAtRate, lengthAtLeast } from './shapes.ts';
import { decodeFilm, node, wanNegative, wanRate, wanShape, wanTexts } from './wan-parts.ts';

const smallPixelsMax = 832 * 480;

/** The weights trained for this size, or the other ones where only those are there. */
export function wan21Role(canvas: Canvas, available: Available): ModelRole {
  const [fitting, other] =
    canvas.width * canvas.height <= smallPixelsMax
      ? (['wan21Small', 'wan21Large'] as const)
      : (['wan21Large', 'wan21Small'] as const);
  return hasRole(available, other) && !hasRole(available, fitting) ? other : fitting;
}

/** Wan 2.1 14B from a first picture, with the caller's steps and guidance where given. */
export function buildWan21(task: RunnerTaskOf<'image-to-video'>, available: Available): BuiltGraph {
  const size = drawnSize(task.canvas, wanShape);
  const length = lengthAtLeast(framesAtRate(task, wanRate));
  const graph: Graph = {
    ...wanTexts(
      { umt5: fileOf(available, 'umt5'), vae: fileOf(available, 'wanVae') },
      { prompt: task.prompt, negative: task.negativePrompt || wanNegative },
    ),
    '3': node('CLIPVisionLoader', { clip_name: fileOf(available, 'clipVision') }),
    '10': node('UNETLoader', { unet_name: fileOf(available, wan21Role(task.canvas, available)), weight_dtype: 'default' }),
    '14': node('ModelSamplingSD3', { model: ['10', 0], shift: 8 }),
    '30': node('WanImageToVideo', {
      ...{ positive: ['20', 0], negative: ['21', 0], vae: ['2', 0], ...size, length, batch_size: 1 },
      ...{ start_image: ['40', 0], clip_vision_output: ['42', 0] },
    }),
    '40': node('LoadImage', { image: '' }),
    '42': node('CLIPVisionEncode', { clip_vision: ['3', 0], image: ['40', 0], crop: 'none' }),
    '50': node('KSampler', {
      ...{ model: ['14', 0], seed: task.seed, steps: task.samplerSteps ?? 20, cfg: task.guidance ?? 6 },
      ...{ sampler_name: 'uni_pc', scheduler: 'simple', positive: ['30', 0], negative: ['30', 1] },
      ...{ latent_image: ['30', 2], denoise: 1 },
    }),
    ...decodeFilm(['50', 0], wanRate.numerator),
  };
  return describeGraph({
    ...{ graph, family: 'wan21-i2v', outputKind: 'video', frames: length, size, frameRate: wanRate },
    inputs: [{ source: 'image', nodeId: '40', input: 'image' }],
  });
}
