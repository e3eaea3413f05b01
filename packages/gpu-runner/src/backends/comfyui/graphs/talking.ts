import type { RunnerTaskOf } from '@polyreel/core';
import { describeGraph } from './describe-graph.ts';
import type { BuiltGraph, Graph, GraphInput } from './graph.ts';
import { type Available, fileOf } from './model-files.ts';
import { drawnSize, framesAtRate } from './shapes.ts';
import { node, saveFilm, wanNegative, wanRate, wanShape, wanTexts } from './wan-parts.ts';

const chunkFrames = 80;
/** Longer films are made in parts: decoded frames lie in memory as floats, 400 MB for each five seconds at 640x640. */
const partChunksMax = 24;
/** The first latent is decoded twice, because the decoder overbakes a film's first frame; so many frames are surplus, however long the film. */
const surplusFrames = 4;
/** Frames of the part before that the model looks at. */
const motionFrames = 73;
const seedMax = 2 ** 53;

export interface TalkingOptions {
  /** Draws four steps with a LoRA made for another model: quicker and worse. */
  readonly isFast: boolean;
}

/**
 * Wan 2.2 S2V: a picture that speaks, in chunks of five seconds, each going on from the latents of the one before.
 * Beyond two minutes in parts: each further one gets its stretch of the sound and the film of the part before.
 */
export function buildS2v(task: RunnerTaskOf<'talking-head'>, options: TalkingOptions, available: Available): BuiltGraph[] {
  const frames = framesAtRate(task, wanRate);
  const chunks = Math.ceil((frames + surplusFrames - 1) / chunkFrames);
  const parts: BuiltGraph[] = [];
  for (let chunk = 0; chunk < chunks; chunk += partChunksMax) {
    const count = Math.min(partChunksMax, chunks - chunk);
    const framesBefore = parts.at(-1)?.frames ?? 0;
    const isWhole = chunks <= partChunksMax;
    parts.push(buildPart(task, { firstChunk: chunk, count, framesBefore, isWhole, ...options }, available));
  }
  return parts;
}

interface Part {
  readonly firstChunk: number;
  readonly count: number;
  /** Frames of the part before; 0 for the first. */
  readonly framesBefore: number;
  readonly isWhole: boolean;
  readonly isFast: boolean;
}

function buildPart(task: RunnerTaskOf<'talking-head'>, part: Part, available: Available): BuiltGraph {
  const size = drawnSize(task.canvas, wanShape);
  const goesOn = part.framesBefore > 0;
  const { graph: chunks, latents } = chunkNodes(task, size, part);
  const graph: Graph = {
    ...wanTexts(
      { umt5: fileOf(available, 'umt5'), vae: fileOf(available, 'wanVae') },
      { prompt: task.prompt || 'A person speaks to the camera.', negative: wanNegative },
    ),
    '3': node('AudioEncoderLoader', { audio_encoder_name: fileOf(available, 's2vEars') }),
    '10': node('UNETLoader', { unet_name: fileOf(available, 's2v'), weight_dtype: 'default' }),
    ...(part.isFast && {
      '12': node('LoraLoaderModelOnly', {
        ...{ model: ['10', 0], lora_name: fileOf(available, 't2vHighLora'), strength_model: 1 },
      }),
    }),
    '14': node('ModelSamplingSD3', { model: [part.isFast ? '12' : '10', 0], shift: 8 }),
    '40': node('LoadImage', { image: '' }),
    '43': node('LoadAudio', { audio: '' }),
    '44': node('AudioEncoderEncode', { audio_encoder: ['3', 0], audio: ['43', 0] }),
    ...chunks,
    ...(goesOn
      ? motionNodes(part.framesBefore)
      : { '90': node('LatentCut', { samples: latents, dim: 't', index: 0, amount: 1 }) }),
    '91': node('LatentConcat', { samples1: [goesOn ? '93' : '90', 0], samples2: latents, dim: 't' }),
    '60': node('VAEDecode', { samples: ['91', 0], vae: ['2', 0] }),
    '61': node('ImageFromBatch', { image: ['60', 0], batch_index: goesOn ? motionFrames : surplusFrames, length: 4096 }),
    ...saveFilm(['61', 0], wanRate.numerator),
  };
  const seconds = (count: number) => (count * chunkFrames) / wanRate.numerator;
  return describeGraph({
    ...{ graph, family: 'wan22-s2v', outputKind: 'video', size, frameRate: wanRate },
    frames: part.count * chunkFrames - (goesOn ? 0 : surplusFrames - 1),
    inputs: [
      { source: 'image', nodeId: '40', input: 'image' },
      {
        ...{ source: 'audio', nodeId: '43', input: 'audio' },
        ...(!part.isWhole && { slice: { unit: 'seconds', from: seconds(part.firstChunk), count: seconds(part.count) } }),
      },
      ...(goesOn ? [previousFilm] : []),
    ],
  });
}

const previousFilm: GraphInput = { source: 'previous', nodeId: '45', input: 'file' };

/** The end of the part before: as pictures at 47, and as latents at 93, before which the decoder stands warm. */
const motionNodes = (framesBefore: number): Graph => ({
  '45': node('LoadVideo', { file: '' }),
  '46': node('GetVideoComponents', { video: ['45', 0] }),
  '47': node('ImageFromBatch', { image: ['46', 0], batch_index: framesBefore - motionFrames, length: motionFrames }),
  '93': node('VAEEncode', { pixels: ['47', 0], vae: ['2', 0] }),
});

/** Chunk k is made by the nodes 100 + 10k to 102 + 10k; everything else has an id below 100, so that no number of chunks meets it. */
function chunkNodes(
  task: RunnerTaskOf<'talking-head'>,
  size: { width: number; height: number },
  { firstChunk, count, framesBefore, isFast }: Part,
): { graph: Graph; latents: readonly [string, number] } {
  const graph: Record<string, Graph[string]> = {};
  let latents: readonly [string, number] = ['101', 0];
  const sampling = isFast
    ? { steps: 4, cfg: 1, sampler_name: 'euler', scheduler: 'simple' }
    : { steps: 20, cfg: 6, sampler_name: 'uni_pc', scheduler: 'simple' };
  for (let chunk = 0; chunk < count; chunk += 1) {
    const [start, sampler, joined] = [100, 101, 102].map((id) => String(id + 10 * chunk));
    const conditions = { positive: ['20', 0], negative: ['21', 0], vae: ['2', 0], length: chunkFrames - 3 };
    const heard = { audio_encoder_output: ['44', 0], ref_image: ['40', 0] };
    graph[start ?? ''] =
      chunk === 0
        ? node('WanSoundImageToVideo', {
            ...{ ...conditions, ...size, batch_size: 1, ...heard },
            ...(framesBefore > 0 && { ref_motion: ['47', 0] }),
          })
        : node('WanSoundImageToVideoExtend', { ...conditions, video_latent: latents, ...heard });
    graph[sampler ?? ''] = node('KSampler', {
      ...{ model: ['14', 0], seed: (task.seed + firstChunk + chunk) % seedMax, ...sampling },
      ...{ positive: [start, 0], negative: [start, 1], latent_image: [start, 2], denoise: 1 },
    });
    if (chunk === 0) continue;
    graph[joined ?? ''] = node('LatentConcat', { samples1: latents, samples2: [sampler, 0], dim: 't' });
    latents = [joined ?? '', 0];
  }
  return { graph, latents };
}
