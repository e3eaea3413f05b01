import { createHash } from 'node:crypto';
import { floorLength, floorSide, type GraphValue, NodeFailure, picturesOf, token, type ValueOf } from './graph-values.ts';

export interface LoadedFile {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  readonly fps: number;
  readonly seconds: number;
  /** Of its bytes. */
  readonly seed: string;
}

/** Inputs of one node, links followed. */
export interface NodeInputs {
  readonly nodeId: string;
  number(name: string, fallback?: number): number;
  text(name: string): string;
  value<K extends GraphValue['kind']>(name: string, kind: K): ValueOf<K>;
  has(name: string): boolean;
  /** An uploaded or made file, by its name in the graph. */
  file(name: string): Promise<LoadedFile>;
}

export interface NodeClass {
  /** Inputs that must be there. */
  readonly required: readonly string[];
  /** Inputs that name a model file, by folder. */
  readonly files?: Readonly<Record<string, string>>;
  /** Inputs that name an uploaded file. */
  readonly uploads?: readonly string[];
  /** Numbers are held between these. */
  readonly ranges?: Readonly<Record<string, readonly [min: number, max: number]>>;
  readonly isOutput?: true;
  /** Steps that are told as progress. */
  steps?(inputs: NodeInputs): number;
  run(inputs: NodeInputs): Promise<readonly GraphValue[]> | readonly GraphValue[];
}

const loader = (files: Readonly<Record<string, string>>, outputs = 1): NodeClass => ({
  required: Object.keys(files),
  files,
  run: () => Array.from({ length: outputs }, () => token),
});
const pass = (required: readonly string[], outputs = 1): NodeClass => ({
  required,
  run: () => Array.from({ length: outputs }, () => token),
});

/** As short as before, however often it is done. */
const mixed = (first: string, second: string): string =>
  createHash('sha256').update(`${first}+${second}`).digest('hex').slice(0, 16);

const sides = { width: [16, 16_384], height: [16, 16_384] } as const;
const lengths = { ...sides, length: [1, 16_384] } as const;

const emptyLatents = (inputs: NodeInputs, seed = ''): GraphValue => ({
  kind: 'latents',
  width: floorSide(inputs.number('width')),
  height: floorSide(inputs.number('height')),
  count: floorLength(inputs.number('length', 1)),
  seed,
});

/** Nodes that condition two texts and begin with empty latents. */
const conditioned = (required: readonly string[], outputs: (latents: GraphValue) => readonly GraphValue[]): NodeClass => ({
  required: ['positive', 'negative', 'vae', 'length', ...required],
  ranges: lengths,
  run: (inputs) => outputs(emptyLatents(inputs)),
});

const sampler = (seedName: string): NodeClass => ({
  required: ['model', 'steps', 'cfg', 'sampler_name', 'scheduler', 'positive', 'negative', 'latent_image', seedName],
  ranges: { steps: [1, 10_000], cfg: [0, 100], [seedName]: [0, 2 ** 64] },
  steps: (inputs) => {
    const steps = inputs.number('steps');
    return Math.max(1, Math.min(steps, inputs.number('end_at_step', steps)) - inputs.number('start_at_step', 0));
  },
  run: (inputs) => {
    const latents = inputs.value('latent_image', 'latents');
    return [{ ...latents, seed: `${latents.seed}/${inputs.number(seedName)}/${inputs.number('cfg')}` }];
  },
});

const scaledBy = (images: ValueOf<'images'>, factor: number): GraphValue => ({
  ...images,
  width: Math.round(images.width * factor),
  height: Math.round(images.height * factor),
});

const loadedImages = (file: LoadedFile): ValueOf<'images'> => ({
  ...{ kind: 'images', width: file.width, height: file.height, count: file.frames, seed: file.seed, hasAlpha: false },
});

/** The classes that are known, as far as they decide size, number and rate of what comes out. */
export const nodeClasses: Readonly<Record<string, NodeClass>> = {
  CLIPLoader: loader({ clip_name: 'text_encoders' }),
  DualCLIPLoader: loader({ clip_name1: 'text_encoders', clip_name2: 'text_encoders' }),
  VAELoader: loader({ vae_name: 'vae' }),
  UNETLoader: loader({ unet_name: 'diffusion_models' }),
  CheckpointLoaderSimple: loader({ ckpt_name: 'checkpoints' }, 3),
  CLIPVisionLoader: loader({ clip_name: 'clip_vision' }),
  AudioEncoderLoader: loader({ audio_encoder_name: 'audio_encoders' }),
  ModelPatchLoader: loader({ name: 'model_patches' }),
  UpscaleModelLoader: loader({ model_name: 'upscale_models' }),
  FrameInterpolationModelLoader: loader({ model_name: 'frame_interpolation' }),
  LoadBackgroundRemovalModel: loader({ bg_removal_name: 'background_removal' }),
  LoraLoaderModelOnly: { ...loader({ lora_name: 'loras' }), required: ['model', 'lora_name', 'strength_model'] },
  ModelSamplingSD3: pass(['model', 'shift']),
  ModelSamplingAuraFlow: pass(['model', 'shift']),
  CLIPTextEncode: pass(['clip', 'text']),
  'TextEncodeAceStepAudio1.5': pass(['clip', 'tags', 'lyrics', 'bpm', 'keyscale', 'duration']),
  ConditioningZeroOut: pass(['conditioning']),
  CLIPVisionEncode: pass(['clip_vision', 'image', 'crop']),
  AudioEncoderEncode: pass(['audio_encoder', 'audio']),
  EmptyHunyuanLatentVideo: {
    required: ['width', 'height', 'length', 'batch_size'],
    ranges: lengths,
    run: (inputs) => [emptyLatents(inputs)],
  },
  EmptySD3LatentImage: { required: ['width', 'height', 'batch_size'], ranges: sides, run: (inputs) => [emptyLatents(inputs)] },
  Wan22ImageToVideoLatent: {
    required: ['vae', 'width', 'height', 'length', 'batch_size'],
    ranges: lengths,
    run: (inputs) => [emptyLatents(inputs)],
  },
  WanImageToVideo: conditioned(['width', 'height', 'batch_size'], (latents) => [token, token, latents]),
  WanFirstLastFrameToVideo: conditioned(['width', 'height', 'batch_size'], (latents) => [token, token, latents]),
  WanSoundImageToVideo: conditioned(['width', 'height', 'batch_size'], (latents) => [token, token, latents]),
  WanSoundImageToVideoExtend: {
    required: ['positive', 'negative', 'vae', 'length', 'video_latent'],
    run: (inputs) => [token, token, { ...inputs.value('video_latent', 'latents'), count: floorLength(inputs.number('length')) }],
  },
  WanInfiniteTalkToVideo: {
    required: ['mode', 'model', 'model_patch', 'positive', 'negative', 'vae', 'width', 'height', 'length', 'motion_frame_count'],
    ranges: lengths,
    run: (inputs) => [
      ...[token, token, token],
      emptyLatents(inputs),
      { kind: 'number', value: inputs.has('previous_frames') ? inputs.number('motion_frame_count') : 0 },
    ],
  },
  KSampler: sampler('seed'),
  KSamplerAdvanced: sampler('noise_seed'),
  LatentConcat: {
    required: ['samples1', 'samples2', 'dim'],
    run: (inputs) => {
      const [first, second] = [inputs.value('samples1', 'latents'), inputs.value('samples2', 'latents')];
      return [{ ...first, count: first.count + second.count, seed: mixed(first.seed, second.seed) }];
    },
  },
  LatentCut: {
    required: ['samples', 'dim', 'index', 'amount'],
    run: (inputs) => [{ ...inputs.value('samples', 'latents'), count: inputs.number('amount') }],
  },
  VAEDecode: {
    required: ['samples', 'vae'],
    run: (inputs) => {
      const { width, height, count, seed } = inputs.value('samples', 'latents');
      return [{ kind: 'images', width, height, count: picturesOf(count), seed, hasAlpha: false }];
    },
  },
  VAEEncode: {
    required: ['pixels', 'vae'],
    run: (inputs) => {
      const { width, height, count, seed } = inputs.value('pixels', 'images');
      return [{ kind: 'latents', width: floorSide(width), height: floorSide(height), count: floorLength(count), seed }];
    },
  },
  LoadImage: {
    required: ['image'],
    uploads: ['image'],
    run: async (inputs) => [loadedImages({ ...(await inputs.file('image')), frames: 1 }), token],
  },
  LoadVideo: {
    required: ['file'],
    uploads: ['file'],
    run: async (inputs) => {
      const file = await inputs.file('file');
      return [{ kind: 'video', images: loadedImages(file), fps: file.fps }];
    },
  },
  LoadAudio: {
    required: ['audio'],
    uploads: ['audio'],
    run: async (inputs) => [{ kind: 'audio', seconds: (await inputs.file('audio')).seconds, seed: 'voice' }],
  },
  GetVideoComponents: {
    required: ['video'],
    run: (inputs) => {
      const { images, fps } = inputs.value('video', 'video');
      return [images, { kind: 'audio', seconds: images.count / fps, seed: 'film' }, { kind: 'number', value: fps }];
    },
  },
  ImageFromBatch: {
    required: ['image', 'batch_index', 'length'],
    ranges: { batch_index: [0, 4095], length: [1, 4096] },
    run: (inputs) => {
      const images = inputs.value('image', 'images');
      const from = Math.min(inputs.number('batch_index'), images.count - 1);
      return [{ ...images, count: Math.min(inputs.number('length'), images.count - from) }];
    },
  },
  ImageBatch: {
    required: ['image1', 'image2'],
    run: (inputs) => {
      const [first, second] = [inputs.value('image1', 'images'), inputs.value('image2', 'images')];
      return [{ ...first, count: first.count + second.count }];
    },
  },
  ImageScale: {
    required: ['image', 'upscale_method', 'width', 'height', 'crop'],
    run: (inputs) => [{ ...inputs.value('image', 'images'), width: inputs.number('width'), height: inputs.number('height') }],
  },
  ImageScaleBy: {
    required: ['image', 'upscale_method', 'scale_by'],
    run: (inputs) => [scaledBy(inputs.value('image', 'images'), inputs.number('scale_by'))],
  },
  ImageUpscaleWithModel: {
    required: ['upscale_model', 'image'],
    run: (inputs) => [scaledBy(inputs.value('image', 'images'), 4)],
  },
  FrameInterpolate: {
    required: ['interp_model', 'images', 'multiplier'],
    ranges: { multiplier: [2, 64] },
    run: (inputs) => {
      const images = inputs.value('images', 'images');
      return [{ ...images, count: (images.count - 1) * inputs.number('multiplier') + 1 }];
    },
  },
  RemoveBackground: {
    required: ['bg_removal_model', 'image'],
    run: (inputs) => [{ ...inputs.value('image', 'images'), seed: 'mask' }],
  },
  InvertMask: { required: ['mask'], run: (inputs) => [inputs.value('mask', 'images')] },
  MaskToImage: { required: ['mask'], run: (inputs) => [inputs.value('mask', 'images')] },
  JoinImageWithAlpha: {
    required: ['image', 'alpha'],
    run: (inputs) => [{ ...inputs.value('image', 'images'), hasAlpha: true }],
  },
  'EmptyAceStep1.5LatentAudio': {
    required: ['seconds', 'batch_size'],
    ranges: { seconds: [1, 1000] },
    run: (inputs) => [{ kind: 'latents', width: 0, height: 0, count: inputs.number('seconds'), seed: 'music' }],
  },
  EmptyLatentAudio: {
    required: ['seconds', 'batch_size'],
    ranges: { seconds: [1, 1000] },
    run: (inputs) => [{ kind: 'latents', width: 0, height: 0, count: inputs.number('seconds'), seed: 'effect' }],
  },
  VAEDecodeAudio: {
    required: ['samples', 'vae'],
    run: (inputs) => {
      const { count, seed } = inputs.value('samples', 'latents');
      return [{ kind: 'audio', seconds: count, seed }];
    },
  },
  CreateVideo: {
    required: ['images', 'fps'],
    ranges: { fps: [1, 120] },
    run: (inputs) => [{ kind: 'video', images: inputs.value('images', 'images'), fps: inputs.number('fps') }],
  },
  SaveVideo: {
    required: ['video', 'filename_prefix', 'format', 'codec'],
    isOutput: true,
    run: (inputs) => [inputs.value('video', 'video')],
  },
  SaveImage: { required: ['images', 'filename_prefix'], isOutput: true, run: (inputs) => [inputs.value('images', 'images')] },
  SaveAudio: { required: ['audio', 'filename_prefix'], isOutput: true, run: (inputs) => [inputs.value('audio', 'audio')] },
  SaveAudioMP3: { required: ['audio', 'filename_prefix'], isOutput: true, run: (inputs) => [inputs.value('audio', 'audio')] },
};

export const wrongKind = (nodeId: string, input: string, wanted: string): NodeFailure =>
  new NodeFailure('TypeError', `node ${nodeId}: ${input} is no ${wanted}`);
