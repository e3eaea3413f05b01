import { emptied, layer, norm, scale, type TensorSpec, weight } from './tensor.ts';

export interface T5Shape {
  readonly width: number;
  readonly inner: number;
  readonly layers: number;
  /** Width of all heads together. */
  readonly headsWidth: number;
  readonly heads: number;
  readonly words: number;
  /** UMT5: every layer knows distances, and the inner layer is gated. */
  readonly isUmt5: boolean;
}

/** A text encoder of two layers, as wide as Wan expects. The server takes it for T5 base once its own description of that says so too. */
export const tinyT5 = { width: 4096, inner: 64, layers: 2, headsWidth: 768, heads: 12, words: 32_128, isUmt5: false } as const;
/** UMT5-XXL, value for value. */
export const fullUmt5 = {
  ...{ width: 4096, inner: 10_240, layers: 24, headsWidth: 4096, heads: 64, words: 256_384, isUmt5: true },
} as const;

/** Names and shapes of a T5 encoder. */
export function t5Encoder({ width, inner, layers, headsWidth, heads, words, isUmt5 }: T5Shape): TensorSpec[] {
  return [
    { name: 'shared.weight', shape: [words, width], fill: { kind: 'normal', deviation: 1 } },
    ...Array.from({ length: layers }, (_, index) => {
      const block = `encoder.block.${index}`;
      const attention = `${block}.layer.0.SelfAttention`;
      const dense = `${block}.layer.1.DenseReluDense`;
      return [
        ...['q', 'k', 'v'].map((matrix) => weight(`${attention}.${matrix}`, [headsWidth, width])),
        weight(`${attention}.o`, [width, headsWidth]),
        ...(isUmt5 || index === 0 ? [weight(`${attention}.relative_attention_bias`, [32, heads])] : []),
        scale(`${block}.layer.0.layer_norm.weight`, width),
        ...(isUmt5 ? ['wi_0', 'wi_1'] : ['wi']).map((matrix) => weight(`${dense}.${matrix}`, [inner, width])),
        weight(`${dense}.wo`, [width, inner]),
        scale(`${block}.layer.1.layer_norm.weight`, width),
      ];
    }).flat(),
    scale('encoder.final_layer_norm.weight', width),
  ];
}

/** What the server's own description of T5 base must say for `tinyT5` to fit. */
export const tinyT5Description = {
  ...{ d_ff: tinyT5.inner, d_kv: tinyT5.headsWidth / tinyT5.heads, d_model: tinyT5.width, num_layers: tinyT5.layers },
  num_decoder_layers: tinyT5.layers,
} as const;

/** CLIP's picture encoder of Wan 2.1: 632 M values. */
export const fullClip = { inner: 5120, layers: 32 } as const;
/** As wide as Wan 2.1 expects. The server takes it once its own description of that encoder says so too. */
export const tinyClip = { inner: 64, layers: 2 } as const;
export const tinyClipDescription = { intermediate_size: tinyClip.inner, num_hidden_layers: tinyClip.layers } as const;
/** By this layer the server knows which encoder a file is. */
const clipMark = 30;

/** Names and shapes of CLIP's picture encoder, all zero. */
export function clipVision({ inner, layers }: { inner: number; layers: number }): TensorSpec[] {
  const [width, patch] = [1280, 14];
  const model = 'vision_model';
  return emptied([
    scale(`${model}.embeddings.class_embedding`, width),
    weight(`${model}.embeddings.patch_embedding`, [width, 3, patch, patch]),
    weight(`${model}.embeddings.position_embedding`, [(224 / patch) ** 2 + 1, width]),
    ...norm(`${model}.pre_layrnorm`, width),
    ...Array.from({ length: layers }, (_, index) => {
      const name = `${model}.encoder.layers.${index}`;
      return [
        ...['q_proj', 'k_proj', 'v_proj', 'out_proj'].flatMap((matrix) => layer(`${name}.self_attn.${matrix}`, width, width)),
        ...norm(`${name}.layer_norm1`, width),
        ...layer(`${name}.mlp.fc1`, inner, width),
        ...layer(`${name}.mlp.fc2`, width, inner),
        ...norm(`${name}.layer_norm2`, width),
      ];
    }).flat(),
    ...(layers > clipMark ? [] : [scale(`${model}.encoder.layers.${clipMark}.layer_norm1.weight`, width)]),
    ...norm(`${model}.post_layernorm`, width),
    weight('visual_projection', [1024, width]),
  ]);
}

/**
 * wav2vec2, large: 315 M values of fixed shapes, all zero. Its weight-normalised convolution is left out: zeros divided by their own length
 * would be no numbers, so the server keeps what it began with.
 */
export function wav2vec2(): TensorSpec[] {
  const [width, convolved, layers] = [1024, 512, 24];
  const kernels = [10, 3, 3, 3, 3, 2, 2];
  return emptied([
    ...kernels.flatMap((kernel, index) => {
      const name = `feature_extractor.conv_layers.${index}`;
      return [...layer(`${name}.conv`, convolved, index === 0 ? 1 : convolved, kernel), ...norm(`${name}.layer_norm`, convolved)];
    }),
    ...norm('feature_projection.layer_norm', convolved),
    ...layer('feature_projection.projection', width, convolved),
    scale('masked_spec_embed', width),
    ...Array.from({ length: layers }, (_, index) => {
      const name = `encoder.layers.${index}`;
      return [
        ...['k_proj', 'v_proj', 'q_proj', 'out_proj'].flatMap((matrix) => layer(`${name}.attention.${matrix}`, width, width)),
        ...norm(`${name}.layer_norm`, width),
        ...layer(`${name}.feed_forward.intermediate_dense`, width * 4, width),
        ...layer(`${name}.feed_forward.output_dense`, width, width * 4),
        ...norm(`${name}.final_layer_norm`, width),
      ];
    }).flat(),
    ...norm('encoder.layer_norm', width),
  ]);
}

/** An enlarger of the Compact kind: two convolutions with a slope between, then pixels out of channels. */
export function compactUpscaler(width: number, factor: number): TensorSpec[] {
  const slope = (name: string): TensorSpec => ({
    name: `${name}.weight`,
    shape: [width],
    fill: { kind: 'constant', value: 0.25 },
  });
  return [
    ...layer('body.0', width, 3, 3, 3),
    slope('body.1'),
    ...layer('body.2', width, width, 3, 3),
    slope('body.3'),
    ...layer('body.4', 3 * factor * factor, width, 3, 3),
  ];
}

/** RIFE 4.25: five blocks, each as wide as `width`; a head that gives four channels. */
export function rife(width: number): TensorSpec[] {
  const [head, maps, convolutions] = [4, 52, 8];
  const inputs = (block: number): number => (block === 0 ? 7 : 20) + 2 * head;
  return [
    ...layer('encode.cnn0', 16, 3, 3, 3),
    ...layer('encode.cnn1', 16, 16, 3, 3),
    ...layer('encode.cnn2', 16, 16, 3, 3),
    ...transposed('encode.cnn3', 16, head),
    ...Array.from({ length: 5 }, (_, index) => {
      const block = `blocks.${index}`;
      return [
        ...layer(`${block}.conv0.0.0`, width / 2, inputs(index), 3, 3),
        ...layer(`${block}.conv0.1.0`, width, width / 2, 3, 3),
        ...Array.from({ length: convolutions }, (_one, at) => [
          ...layer(`${block}.convblock.${at}.conv`, width, width, 3, 3),
          scale(`${block}.convblock.${at}.beta`, 1, width, 1, 1),
        ]).flat(),
        ...transposed(`${block}.lastconv.0`, width, maps),
      ];
    }).flat(),
  ];
}

/** A convolution that enlarges: its inputs come first. */
const transposed = (name: string, inputs: number, outputs: number): TensorSpec[] => [
  { name: `${name}.weight`, shape: [inputs, outputs, 4, 4], fill: { kind: 'normal', deviation: 1 / Math.sqrt(inputs * 16) } },
  { name: `${name}.bias`, shape: [outputs], fill: { kind: 'constant', value: 0 } },
];
