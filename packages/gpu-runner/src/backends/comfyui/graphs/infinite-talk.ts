import type { RunnerTaskOf } from '@polyreel/core';
import { describeGraph } from './describe-graph.ts';
import type { BuiltGraph, Graph, GraphInput } from './graph.ts';
import { type Available, fileOf } from './model-files.ts';
import { drawnSize, framesAtRate } from './shapes.ts';
import { node, saveFilm, wanNegative, wanShape, wanTexts } from './wan-parts.ts';
import { wan21Role } from './wan21.ts';

const rate = { numerator: 25, denominator: 1 } as const;
const chunkFrames = 81;
/** Frames of the chunk before that each further one repeats. */
const motionFrames = 9;
const newFrames = chunkFrames - motionFrames;
const partChunksMax = 40;
const seedMax = 2 ** 53;

/**
 * InfiniteTalk over Wan 2.1: a picture that speaks at 25 frames a second. It moves less than S2V and keeps the face longer.
 * Its model reads the sound at the place that the frames so far say; a further part therefore gets the last frames of the part before, and
 * its sound from where those begin.
 */
export function buildInfiniteTalk(task: RunnerTaskOf<'talking-head'>, available: Available): BuiltGraph[] {
  const frames = framesAtRate(task, rate);
  const parts: BuiltGraph[] = [];
  let made = 0;
  while (made < frames) {
    const isFirst = parts.length === 0;
    const chunksLeft = Math.max(1, Math.ceil((frames - made - (isFirst ? motionFrames : 0)) / newFrames));
    const count = Math.min(partChunksMax, chunksLeft);
    const part = { made, count, framesBefore: parts.at(-1)?.frames ?? 0, isWhole: isFirst && count === chunksLeft };
    parts.push(buildPart(task, part, available));
    made += count * newFrames + (isFirst ? motionFrames : 0);
  }
  return parts;
}

interface Part {
  /** Frames of all parts before. */
  readonly made: number;
  readonly count: number;
  /** Frames of the part before; 0 for the first. */
  readonly framesBefore: number;
  readonly isWhole: boolean;
}

function buildPart(task: RunnerTaskOf<'talking-head'>, part: Part, available: Available): BuiltGraph {
  const size = drawnSize(task.canvas, wanShape);
  const goesOn = part.made > 0;
  const chunks = chunkNodes(task, size, part);
  const graph: Graph = {
    ...wanTexts(
      { umt5: fileOf(available, 'umt5'), vae: fileOf(available, 'wanVae') },
      { prompt: task.prompt || 'A person speaks to the camera.', negative: wanNegative },
    ),
    '3': node('CLIPVisionLoader', { clip_name: fileOf(available, 'clipVision') }),
    '4': node('AudioEncoderLoader', { audio_encoder_name: fileOf(available, 'infiniteTalkEars') }),
    '5': node('ModelPatchLoader', { name: fileOf(available, 'infiniteTalk') }),
    '10': node('UNETLoader', {
      unet_name: fileOf(available, wan21Role({ width: 832, height: 480 }, available)),
      weight_dtype: 'default',
    }),
    '14': node('ModelSamplingSD3', { model: ['10', 0], shift: 8 }),
    '40': node('LoadImage', { image: '' }),
    '42': node('CLIPVisionEncode', { clip_vision: ['3', 0], image: ['40', 0], crop: 'none' }),
    '43': node('LoadAudio', { audio: '' }),
    '44': node('AudioEncoderEncode', { audio_encoder: ['4', 0], audio: ['43', 0] }),
    ...(goesOn && {
      '45': node('LoadVideo', { file: '' }),
      '46': node('GetVideoComponents', { video: ['45', 0] }),
      '47': node('ImageFromBatch', { image: ['46', 0], batch_index: part.framesBefore - chunkFrames, length: chunkFrames }),
    }),
    ...chunks.graph,
    ...(goesOn && { '61': node('ImageFromBatch', { image: chunks.frames, batch_index: chunkFrames, length: 4096 }) }),
    ...saveFilm(goesOn ? ['61', 0] : chunks.frames, rate.numerator),
  };
  const frames = part.count * newFrames + (goesOn ? 0 : motionFrames);
  const heardFrom = goesOn ? part.made - chunkFrames : 0;
  const inputs: GraphInput[] = [
    { source: 'image', nodeId: '40', input: 'image' },
    {
      ...{ source: 'audio', nodeId: '43', input: 'audio' },
      ...(!part.isWhole && {
        slice: { unit: 'seconds', from: heardFrom / rate.numerator, count: (part.made + frames - heardFrom) / rate.numerator },
      }),
    },
    ...(goesOn ? ([{ source: 'previous', nodeId: '45', input: 'file' }] as const) : []),
  ];
  return describeGraph({ ...{ graph, family: 'infinite-talk', outputKind: 'video', frames, size, frameRate: rate }, inputs });
}

/** Chunk k is made by the nodes 100 + 10k to 104 + 10k. */
function chunkNodes(
  task: RunnerTaskOf<'talking-head'>,
  size: { width: number; height: number },
  { made, count }: Part,
): { graph: Graph; frames: readonly [string, number] } {
  const graph: Record<string, Graph[string]> = {};
  let frames: readonly [string, number] | null = made > 0 ? ['47', 0] : null;
  for (let chunk = 0; chunk < count; chunk += 1) {
    const id = (offset: number) => String(100 + 10 * chunk + offset);
    graph[id(0)] = node('WanInfiniteTalkToVideo', {
      ...{ mode: 'single_speaker', model: ['14', 0], model_patch: ['5', 0] },
      ...{ positive: ['20', 0], negative: ['21', 0], vae: ['2', 0], ...size, length: chunkFrames },
      ...{ clip_vision_output: ['42', 0], start_image: ['40', 0], audio_encoder_output_1: ['44', 0] },
      ...{ motion_frame_count: motionFrames, audio_scale: 1 },
      ...(frames && { previous_frames: frames }),
    });
    graph[id(1)] = node('KSampler', {
      ...{ model: [id(0), 0], seed: (task.seed + made + chunk) % seedMax, steps: 20, cfg: 5 },
      ...{ sampler_name: 'euler', scheduler: 'simple' },
      ...{ positive: [id(0), 1], negative: [id(0), 2], latent_image: [id(0), 3], denoise: 1 },
    });
    graph[id(2)] = node('VAEDecode', { samples: [id(1), 0], vae: ['2', 0] });
    if (frames === null) {
      frames = [id(2), 0];
      continue;
    }
    graph[id(3)] = node('ImageFromBatch', { image: [id(2), 0], batch_index: [id(0), 4], length: 4096 });
    graph[id(4)] = node('ImageBatch', { image1: frames, image2: [id(3), 0] });
    frames = [id(4), 0];
  }
  return { graph, frames: frames ?? ['102', 0] };
}
