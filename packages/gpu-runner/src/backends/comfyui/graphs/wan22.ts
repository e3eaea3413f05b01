import type { RunnerTaskOf } from '@polyreel/core';
import { describeGraph } from './describe-graph.ts';
import type { BuiltGraph, Graph, GraphInput } from './graph.ts';
import { type Available, fileOf, type ModelRole } from './model-files.ts';
import { drawnSize, framesAtRate, lengthAtLeast } from './shapes.ts';
import { decodeFilm, node, wanNegative, wanRate, wanShape, wanTexts } from './wan-parts.ts';

/**
 * How the two experts sample.
 * `fast`: 4 steps with the step-distilled LoRAs at guidance 1, where a negative text changes nothing. `best`: 20 steps at the model's own
 * guidance. `mixed`: the half that lays out the film as in `best`, so that a negative text counts, the half that draws it as in `fast`.
 * `asked`: like `best`, with the caller's own steps or guidance.
 */
export type Wan22Sampling =
  | { readonly mode: 'fast' | 'best' | 'mixed' }
  | { readonly mode: 'asked'; readonly steps: number | undefined; readonly guidance: number | undefined };

export type Wan22TaskType = 'text-to-video' | 'image-to-video' | 'first-last-frame';

const bestSteps = 20;
const fastSteps = 4;
const fastShift = 5;
const bestShift = 8;

interface Experts {
  readonly high: ModelRole;
  readonly low: ModelRole;
  readonly highLora: ModelRole;
  readonly lowLora: ModelRole;
  readonly guidance: number;
  readonly family: string;
}

const fromImages = {
  high: 'i2vHigh',
  low: 'i2vLow',
  highLora: 'i2vHighLora',
  lowLora: 'i2vLowLora',
  family: 'wan22-i2v',
} as const;
const experts: Readonly<Record<Wan22TaskType, Experts>> = {
  'text-to-video': {
    ...{ high: 't2vHigh', low: 't2vLow', highLora: 't2vHighLora', lowLora: 't2vLowLora' },
    ...{ guidance: 3.5, family: 'wan22-t2v' },
  },
  'image-to-video': { ...fromImages, guidance: 3.5 },
  'first-last-frame': { ...fromImages, guidance: 4 },
};

/** Wan 2.2 A14B: from words, from a first picture, or between two. */
export function buildWan22(task: RunnerTaskOf<Wan22TaskType>, sampling: Wan22Sampling, available: Available): BuiltGraph {
  const size = drawnSize(task.canvas, wanShape);
  const length = lengthAtLeast(framesAtRate(task, wanRate));
  const expert = experts[task.type];
  const graph: Graph = {
    ...wanTexts(
      { umt5: fileOf(available, 'umt5'), vae: fileOf(available, 'wanVae') },
      { prompt: task.prompt, negative: task.negativePrompt || wanNegative },
    ),
    ...models(expert, sampling, available),
    ...start(task.type, { ...size, length, batch_size: 1 }),
    ...samplers(task, expert, sampling),
    ...decodeFilm(['51', 0], wanRate.numerator),
  };
  return describeGraph({
    ...{ graph, family: expert.family, outputKind: 'video', frames: length, size, frameRate: wanRate },
    inputs: startInputs[task.type],
  });
}

const startInputs: Readonly<Record<Wan22TaskType, readonly GraphInput[]>> = {
  'text-to-video': [],
  'image-to-video': [{ source: 'image', nodeId: '40', input: 'image' }],
  'first-last-frame': [
    { source: 'image', nodeId: '40', input: 'image' },
    { source: 'lastImage', nodeId: '41', input: 'image' },
  ],
};

/** Experts at 14 and 15. Both halves share one noise schedule, or the second would not go on where the first ended. */
function models({ high, low, highLora, lowLora }: Experts, { mode }: Wan22Sampling, available: Available): Graph {
  const shift = mode === 'fast' || mode === 'mixed' ? fastShift : bestShift;
  const loader = (role: ModelRole) => node('UNETLoader', { unet_name: fileOf(available, role), weight_dtype: 'default' });
  const lora = (model: string, role: ModelRole) =>
    node('LoraLoaderModelOnly', { model: [model, 0], lora_name: fileOf(available, role), strength_model: 1 });
  const highHasLora = mode === 'fast';
  const lowHasLora = mode === 'fast' || mode === 'mixed';
  return {
    '10': loader(high),
    '11': loader(low),
    ...(highHasLora && { '12': lora('10', highLora) }),
    ...(lowHasLora && { '13': lora('11', lowLora) }),
    '14': node('ModelSamplingSD3', { model: [highHasLora ? '12' : '10', 0], shift }),
    '15': node('ModelSamplingSD3', { model: [lowHasLora ? '13' : '11', 0], shift }),
  };
}

/** The empty film at 30, with the pictures that it starts and ends with. */
function start(type: Wan22TaskType, shape: { width: number; height: number; length: number; batch_size: number }): Graph {
  if (type === 'text-to-video') return { '30': node('EmptyHunyuanLatentVideo', shape) };
  const texts = { positive: ['20', 0], negative: ['21', 0], vae: ['2', 0] };
  const isBetween = type === 'first-last-frame';
  return {
    '30': node(isBetween ? 'WanFirstLastFrameToVideo' : 'WanImageToVideo', {
      ...{ ...texts, ...shape, start_image: ['40', 0] },
      ...(isBetween && { end_image: ['41', 0] }),
    }),
    '40': node('LoadImage', { image: '' }),
    ...(isBetween && { '41': node('LoadImage', { image: '' }) }),
  };
}

interface Half {
  readonly steps: number;
  readonly cfg: number;
  readonly split: number;
}

function halves(expert: Experts, sampling: Wan22Sampling): { high: Half; low: Half } {
  const half = (steps: number, cfg: number): Half => ({ steps, cfg, split: Math.max(1, Math.floor(steps / 2)) });
  const best = half(bestSteps, expert.guidance);
  const fast = half(fastSteps, 1);
  switch (sampling.mode) {
    case 'fast':
      return { high: fast, low: fast };
    case 'best':
      return { high: best, low: best };
    case 'mixed':
      return { high: best, low: fast };
    case 'asked': {
      const asked = half(sampling.steps ?? bestSteps, sampling.guidance ?? expert.guidance);
      return { high: asked, low: asked };
    }
  }
}

/** The half that lays out the film at 50, the half that draws it at 51. */
function samplers(task: RunnerTaskOf<Wan22TaskType>, expert: Experts, sampling: Wan22Sampling): Graph {
  const { high, low } = halves(expert, sampling);
  const isFromText = task.type === 'text-to-video';
  const conditions = isFromText ? { positive: ['20', 0], negative: ['21', 0] } : { positive: ['30', 0], negative: ['30', 1] };
  const common = { sampler_name: 'euler', scheduler: 'simple', ...conditions };
  return {
    '50': node('KSamplerAdvanced', {
      ...{ model: ['14', 0], add_noise: 'enable', noise_seed: task.seed, steps: high.steps, cfg: high.cfg, ...common },
      latent_image: isFromText ? ['30', 0] : ['30', 2],
      ...{ start_at_step: 0, end_at_step: high.split, return_with_leftover_noise: 'enable' },
    }),
    '51': node('KSamplerAdvanced', {
      ...{ model: ['15', 0], add_noise: 'disable', noise_seed: 0, steps: low.steps, cfg: low.cfg, ...common },
      ...{ latent_image: ['50', 0], start_at_step: low.split, end_at_step: 10_000, return_with_leftover_noise: 'disable' },
    }),
  };
}
