import type { RunnerTaskOf } from '@polyreel/core';
import { describeGraph, saveNodeId } from './describe-graph.ts';
import type { BuiltGraph, Graph, GraphInput } from './graph.ts';
import { type Available, fileOf } from './model-files.ts';
import { drawnSize } from './shapes.ts';
import { node } from './wan-parts.ts';

const shape = { grid: 16, pixelsMax: 2048 * 2048 } as const;
/** How far a given picture is changed: its layout stays, its look follows the words. */
const changeRatio = 0.65;

const fromImage: readonly GraphInput[] = [{ source: 'image', nodeId: '40', input: 'image' }];

const savePicture = (images: readonly [string, number]): Graph => ({
  [saveNodeId]: node('SaveImage', { images, filename_prefix: '' }),
});

/** Z-Image Turbo: a picture of the words, or the given picture changed as they say. At guidance 1 a negative text changes nothing. */
export function buildZImage(task: RunnerTaskOf<'image'>, hasImage: boolean, available: Available): BuiltGraph {
  const size = drawnSize(task.canvas, shape);
  const graph: Graph = {
    '1': node('CLIPLoader', { clip_name: fileOf(available, 'zImageText'), type: 'lumina2', device: 'default' }),
    '2': node('VAELoader', { vae_name: fileOf(available, 'zImageVae') }),
    '3': node('UNETLoader', { unet_name: fileOf(available, 'zImage'), weight_dtype: 'default' }),
    '4': node('ModelSamplingAuraFlow', { model: ['3', 0], shift: 3 }),
    '5': node('CLIPTextEncode', { clip: ['1', 0], text: task.prompt }),
    '6': node('ConditioningZeroOut', { conditioning: ['5', 0] }),
    ...(hasImage
      ? {
          '40': node('LoadImage', { image: '' }),
          '41': node('ImageScale', { image: ['40', 0], upscale_method: 'lanczos', ...size, crop: 'center' }),
          '7': node('VAEEncode', { pixels: ['41', 0], vae: ['2', 0] }),
        }
      : { '7': node('EmptySD3LatentImage', { ...size, batch_size: 1 }) }),
    '8': node('KSampler', {
      ...{ model: ['4', 0], seed: task.seed, steps: 8, cfg: 1, sampler_name: 'res_multistep', scheduler: 'simple' },
      ...{ positive: ['5', 0], negative: ['6', 0], latent_image: ['7', 0], denoise: hasImage ? changeRatio : 1 },
    }),
    '9': node('VAEDecode', { samples: ['8', 0], vae: ['2', 0] }),
    ...savePicture(['9', 0]),
  };
  return describeGraph({ graph, family: 'z-image', outputKind: 'image', size, inputs: hasImage ? fromImage : [] });
}

/** A picture enlarged by a network and brought to exactly the asked size. */
export function buildUpscaleImage(task: RunnerTaskOf<'upscale-image'>, available: Available): BuiltGraph {
  const graph: Graph = {
    '3': node('UpscaleModelLoader', { model_name: fileOf(available, 'upscaler') }),
    '40': node('LoadImage', { image: '' }),
    '4': node('ImageUpscaleWithModel', { upscale_model: ['3', 0], image: ['40', 0] }),
    '5': node('ImageScale', { image: ['4', 0], upscale_method: 'lanczos', ...task.canvas, crop: 'center' }),
    ...savePicture(['5', 0]),
  };
  return describeGraph({ graph, family: 'upscale', outputKind: 'image', size: task.canvas, inputs: fromImage });
}

/** BiRefNet: the picture with a transparent background. The server's join turns its mask round, so it is turned before. */
export function buildCutOutImage(available: Available): BuiltGraph {
  const graph: Graph = {
    '3': node('LoadBackgroundRemovalModel', { bg_removal_name: fileOf(available, 'birefnet') }),
    '40': node('LoadImage', { image: '' }),
    '4': node('RemoveBackground', { bg_removal_model: ['3', 0], image: ['40', 0] }),
    '5': node('InvertMask', { mask: ['4', 0] }),
    '6': node('JoinImageWithAlpha', { image: ['40', 0], alpha: ['5', 0] }),
    ...savePicture(['6', 0]),
  };
  return describeGraph({ graph, family: 'birefnet', outputKind: 'image', inputs: fromImage });
}
