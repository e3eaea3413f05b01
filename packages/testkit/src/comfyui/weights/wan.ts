import { emptied, layer, norm, scale, type TensorSpec, weight } from './tensor.ts';

export interface WanShape {
  /** A multiple of 128, the size of a head. */
  readonly width: number;
  readonly inner: number;
  readonly layers: number;
  readonly channelsIn: number;
  readonly channelsOut: number;
  readonly textWidth: number;
  /** Wan 2.1 looks at the first picture through CLIP. */
  readonly seesImage?: boolean;
  /** S2V hears. */
  readonly hears?: boolean;
}

/** The smallest that the server takes for a Wan model. */
export const tinyWan = { width: 128, inner: 256, layers: 2, channelsIn: 16, channelsOut: 16, textWidth: 4096 } as const;
/** The A14B experts, value for value. */
export const fullWan = { width: 5120, inner: 13_824, layers: 40, channelsIn: 16, channelsOut: 16, textWidth: 4096 } as const;

const timeWidth = 256;
const imageWidth = 1280;
const audioWidth = 1024;
const audioLayers = 25;
const audioTokens = 4;
const audioBlocks = 12;
const patch = [1, 2, 2] as const;

function attention(name: string, width: number, seesImage = false): TensorSpec[] {
  return [
    ...['q', 'k', 'v', 'o', ...(seesImage ? ['k_img', 'v_img'] : [])].flatMap((part) => layer(`${name}.${part}`, width, width)),
    ...['norm_q', 'norm_k', ...(seesImage ? ['norm_k_img'] : [])].map((part) => scale(`${name}.${part}.weight`, width)),
  ];
}

const table = (name: string, ...shape: readonly number[]): TensorSpec => ({
  ...{ name, shape },
  fill: { kind: 'normal', deviation: 0.02 },
});

/** Names and shapes of a Wan transformer. */
export function wanTransformer(shape: WanShape): TensorSpec[] {
  const { width, inner, layers, channelsIn, channelsOut, textWidth, seesImage = false, hears = false } = shape;
  const blocks = Array.from({ length: layers }, (_, index) => `blocks.${index}`);
  return [
    ...layer('patch_embedding', width, channelsIn, ...patch),
    ...layer('text_embedding.0', width, textWidth),
    ...layer('text_embedding.2', width, width),
    ...layer('time_embedding.0', width, timeWidth),
    ...layer('time_embedding.2', width, width),
    ...layer('time_projection.1', width * 6, width),
    ...blocks.flatMap((block) => [
      table(`${block}.modulation`, 1, 6, width),
      ...attention(`${block}.self_attn`, width),
      ...attention(`${block}.cross_attn`, width, seesImage),
      ...norm(`${block}.norm3`, width),
      ...layer(`${block}.ffn.0`, inner, width),
      ...layer(`${block}.ffn.2`, width, inner),
    ]),
    table('head.modulation', 1, 2, width),
    ...layer('head.head', channelsOut * 4, width),
    ...(seesImage
      ? [
          ...norm('img_emb.proj.0', imageWidth),
          ...layer('img_emb.proj.1', imageWidth, imageWidth),
          ...layer('img_emb.proj.3', width, imageWidth),
          ...norm('img_emb.proj.4', width),
        ]
      : []),
    ...(hears ? hearing(width) : []),
  ];
}

function hearing(width: number): TensorSpec[] {
  const encoder = 'casual_audio_encoder.encoder';
  return [
    scale('casual_audio_encoder.weights', 1, audioLayers, 1, 1),
    ...layer(`${encoder}.conv1_local.conv`, (width / 4) * audioTokens, audioWidth, 3),
    ...layer(`${encoder}.conv1_global.conv`, width / 4, audioWidth, 3),
    ...layer(`${encoder}.conv2.conv`, width / 2, width / 4, 3),
    ...layer(`${encoder}.conv3.conv`, width, width / 2, 3),
    ...layer(`${encoder}.final_linear`, width, width),
    table(`${encoder}.padding_tokens`, 1, 1, 1, width),
    table('trainable_cond_mask.weight', 3, width),
    ...layer('cond_encoder', width, 16, ...patch),
    ...Array.from({ length: audioBlocks }, (_, index) => [
      ...attention(`audio_injector.injector.${index}`, width),
      ...layer(`audio_injector.injector_adain_layers.${index}.linear`, width * 2, width),
    ]).flat(),
    ...layer('frame_packer.proj', width, 16, ...patch),
    ...layer('frame_packer.proj_2x', width, 16, 2, 4, 4),
    ...layer('frame_packer.proj_4x', width, 16, 4, 8, 8),
  ];
}

/** A LoRA over the attention of every block, as the step-distilled ones are. */
export function wanLora({ width, layers }: { width: number; layers: number }, rank: number): TensorSpec[] {
  return Array.from({ length: layers }, (_, index) =>
    ['self_attn', 'cross_attn'].flatMap((part) =>
      ['q', 'k', 'v', 'o'].flatMap((matrix): TensorSpec[] => {
        const name = `diffusion_model.blocks.${index}.${part}.${matrix}`;
        return [
          weight(`${name}.lora_down`, [rank, width]),
          { name: `${name}.lora_up.weight`, shape: [width, rank], fill: { kind: 'normal', deviation: 0.02 } },
          { name: `${name}.alpha`, shape: [], fill: { kind: 'constant', value: rank } },
        ];
      }),
    ),
  ).flat();
}

const stages = [1, 2, 4, 4] as const;
const cube = [3, 3, 3] as const;

function residual(name: string, from: number, to: number): TensorSpec[] {
  return [
    scale(`${name}.residual.0.gamma`, from, 1, 1, 1),
    ...layer(`${name}.residual.2`, to, from, ...cube),
    scale(`${name}.residual.3.gamma`, to, 1, 1, 1),
    ...layer(`${name}.residual.6`, to, to, ...cube),
    ...(from === to ? [] : layer(`${name}.shortcut`, to, from, 1, 1, 1)),
  ];
}

const middle = (name: string, width: number): TensorSpec[] => [
  ...residual(`${name}.0`, width, width),
  scale(`${name}.1.norm.gamma`, width, 1, 1),
  ...layer(`${name}.1.to_qkv`, width * 3, width, 1, 1),
  ...layer(`${name}.1.proj`, width, width, 1, 1),
  ...residual(`${name}.2`, width, width),
];

const head = (name: string, from: number, to: number): TensorSpec[] => [
  scale(`${name}.0.gamma`, from, 1, 1, 1),
  ...layer(`${name}.2`, to, from, ...cube),
];

const halves = (name: string, from: number, to: number, time: number | null): TensorSpec[] => [
  ...layer(`${name}.resample.1`, to, from, 3, 3),
  ...(time === null ? [] : layer(`${name}.time_conv`, time, from, 3, 1, 1)),
];

/** Wan 2.1's picture coder; `width` 96 is the published one. */
export function wanVae(width: number): TensorSpec[] {
  const latent = 16;
  const wide = width * 4;
  const down = [width, ...stages.map((factor) => factor * width)];
  const up = [wide, ...stages.toReversed().map((factor) => factor * width)];
  return [
    ...layer('encoder.conv1', width, 3, ...cube),
    ...stages.flatMap((_, stage) => {
      const [from = width, to = width] = down.slice(stage, stage + 2);
      const first = stage * 3;
      return [
        ...residual(`encoder.downsamples.${first}`, from, to),
        ...residual(`encoder.downsamples.${first + 1}`, to, to),
        ...(stage === 3 ? [] : halves(`encoder.downsamples.${first + 2}`, to, to, stage === 0 ? null : to)),
      ];
    }),
    ...middle('encoder.middle', wide),
    ...head('encoder.head', wide, latent * 2),
    ...layer('conv1', latent * 2, latent * 2, 1, 1, 1),
    ...layer('conv2', latent, latent, 1, 1, 1),
    ...layer('decoder.conv1', wide, latent, ...cube),
    ...middle('decoder.middle', wide),
    ...stages.flatMap((_, stage) => {
      const [before = wide, to = wide] = up.slice(stage, stage + 2);
      const from = stage === 0 ? before : before / 2;
      const first = stage * 4;
      return [
        ...residual(`decoder.upsamples.${first}`, from, to),
        ...residual(`decoder.upsamples.${first + 1}`, to, to),
        ...residual(`decoder.upsamples.${first + 2}`, to, to),
        ...(stage === 3 ? [] : halves(`decoder.upsamples.${first + 3}`, to, to / 2, stage === 2 ? null : to * 2)),
      ];
    }),
    ...head('decoder.head', width, 3),
  ];
}

/** Wan 2.2's picture coder, whose sizes are fixed: 705 M values, all zero. */
export function wan22Vae(): TensorSpec[] {
  const latent = 48;
  const [inWidth, outWidth] = [160, 256];
  const down = [inWidth, ...stages.map((factor) => factor * inWidth)];
  const up = [outWidth * 4, ...stages.toReversed().map((factor) => factor * outWidth)];
  return emptied([
    ...layer('encoder.conv1', inWidth, 12, ...cube),
    ...stages.flatMap((_, stage) => {
      const [from = inWidth, to = inWidth] = down.slice(stage, stage + 2);
      const name = `encoder.downsamples.${stage}.downsamples`;
      return [
        ...residual(`${name}.0`, from, to),
        ...residual(`${name}.1`, to, to),
        ...(stage === 3 ? [] : halves(`${name}.2`, to, to, stage === 0 ? null : to)),
      ];
    }),
    ...middle('encoder.middle', inWidth * 4),
    ...head('encoder.head', inWidth * 4, latent * 2),
    ...layer('conv1', latent * 2, latent * 2, 1, 1, 1),
    ...layer('conv2', latent, latent, 1, 1, 1),
    ...layer('decoder.conv1', outWidth * 4, latent, ...cube),
    ...middle('decoder.middle', outWidth * 4),
    ...stages.flatMap((_, stage) => {
      const [from = outWidth, to = outWidth] = up.slice(stage, stage + 2);
      const name = `decoder.upsamples.${stage}.upsamples`;
      return [
        ...residual(`${name}.0`, from, to),
        ...residual(`${name}.1`, to, to),
        ...residual(`${name}.2`, to, to),
        ...(stage === 3 ? [] : halves(`${name}.3`, to, to, stage === 2 ? null : to * 2)),
      ];
    }),
    ...head('decoder.head', outWidth, 12),
  ]);
}
