import { emptied, layer, ones, scale, type TensorSpec, weight, zeros } from './tensor.ts';

/** Values of a model's constructor that its file cannot change. */
const headWidth = 128;
const keyHeads = 8;
const seenWidth = 2048;
const soundWidth = 64;
const soundFrames = 5;

interface BlockShape {
  readonly width: number;
  readonly inner: number;
  readonly heads: number;
}

function attention(name: string, { width, heads }: BlockShape): TensorSpec[] {
  return [
    weight(`${name}.q_proj`, [heads * headWidth, width]),
    ...['k_proj', 'v_proj'].map((matrix) => weight(`${name}.${matrix}`, [keyHeads * headWidth, width])),
    weight(`${name}.o_proj`, [width, heads * headWidth]),
    ...['q_norm', 'k_norm'].map((part) => scale(`${name}.${part}.weight`, headWidth)),
  ];
}

const gated = (name: string, { width, inner }: BlockShape): TensorSpec[] => [
  ...['gate_proj', 'up_proj'].map((matrix) => weight(`${name}.${matrix}`, [inner, width])),
  weight(`${name}.down_proj`, [width, inner]),
];

/** The blocks of a language model of the Qwen 3 kind, which the encoders share. */
const blocks = (name: string, count: number, shape: BlockShape): TensorSpec[] =>
  Array.from({ length: count }, (_, index) => {
    const block = `${name}.layers.${index}`;
    return [
      ...attention(`${block}.self_attn`, shape),
      ...gated(`${block}.mlp`, shape),
      ...['input_layernorm', 'post_attention_layernorm'].map((part) => scale(`${block}.${part}.weight`, shape.width)),
    ];
  }).flat();

/** Qwen 3 as ACE-Step uses it, value for value, all zero: every sound is as likely as any other. */
export const qwen = ({ words, ...shape }: BlockShape & { readonly words: number }): TensorSpec[] =>
  emptied([
    weight('model.embed_tokens', [words, shape.width]),
    ...blocks('model', 28, shape),
    scale('model.norm.weight', shape.width),
  ]);

export const qwenTags = { words: 151_669, width: 1024, inner: 3072, heads: 16 } as const;
export const qwenCodes = { words: 217_204, width: 2048, inner: 6144, heads: 16 } as const;

export interface AceShape {
  /** Of the part that draws the sound. */
  readonly sound: BlockShape & { readonly layers: number };
  /** Of the parts that read words and timbre. */
  readonly seen: Omit<BlockShape, 'width'>;
}

export const tinyAce: AceShape = { sound: { width: 256, inner: 256, heads: 8, layers: 2 }, seen: { inner: 256, heads: 8 } };
/** ACE-Step 1.5 turbo, value for value. */
export const fullAce: AceShape = {
  sound: { width: 2048, inner: 6144, heads: 16, layers: 24 },
  seen: { inner: 6144, heads: 16 },
};

/** Names and shapes of ACE-Step's transformer. Only the part that draws holds anything: the others are wide by nature. */
export function aceTransformer({ sound, seen }: AceShape): TensorSpec[] {
  const { width } = sound;
  const reader = { ...seen, width: seenWidth };
  const coder = { width: seenWidth, inner: seenWidth * 3, heads: 16 };
  const time = (name: string): TensorSpec[] => [
    ...layer(`${name}.linear_1`, width, 256),
    ...layer(`${name}.linear_2`, width, width),
    ...layer(`${name}.time_proj`, width * 6, width),
  ];
  const token = (name: string, count = 1): TensorSpec => ({ name, shape: [1, count, seenWidth], fill: zeros });
  const table = (name: string, rows: number): TensorSpec => ({
    ...{ name, shape: [1, rows, width] },
    fill: { kind: 'normal', deviation: 0.02 },
  });
  return [
    ...layer('decoder.proj_in.1', width, soundWidth * 3, 2),
    ...['time_embed', 'time_embed_r'].flatMap((part) => time(`decoder.${part}`)),
    ...layer('decoder.condition_embedder', width, seenWidth),
    ...Array.from({ length: sound.layers }, (_, index) => {
      const block = `decoder.layers.${index}`;
      return [
        table(`${block}.scale_shift_table`, 6),
        ...['self_attn', 'cross_attn'].flatMap((part) => attention(`${block}.${part}`, sound)),
        ...['self_attn_norm', 'cross_attn_norm', 'mlp_norm'].map((part) => scale(`${block}.${part}.weight`, width)),
        ...gated(`${block}.mlp`, sound),
      ];
    }).flat(),
    table('decoder.scale_shift_table', 2),
    scale('decoder.norm_out.weight', width),
    // It enlarges, so its inputs come first.
    weight('decoder.proj_out.1', [width, soundWidth, 2]),
    { name: 'decoder.proj_out.1.bias', shape: [soundWidth], fill: zeros },
    ...emptied([
      token('null_condition_emb'),
      weight('encoder.text_projector', [seenWidth, qwenTags.width]),
      ...layer('encoder.lyric_encoder.embed_tokens', seenWidth, qwenTags.width),
      ...blocks('encoder.lyric_encoder', 8, reader),
      scale('encoder.lyric_encoder.norm.weight', seenWidth),
      token('encoder.timbre_encoder.special_token'),
      ...layer('encoder.timbre_encoder.embed_tokens', seenWidth, soundWidth),
      ...blocks('encoder.timbre_encoder', 4, reader),
      scale('encoder.timbre_encoder.norm.weight', seenWidth),
      ...layer('tokenizer.audio_acoustic_proj', seenWidth, soundWidth),
      token('tokenizer.attention_pooler.special_token'),
      ...layer('tokenizer.attention_pooler.embed_tokens', seenWidth, seenWidth),
      ...blocks('tokenizer.attention_pooler', 2, coder),
      scale('tokenizer.attention_pooler.norm.weight', seenWidth),
      ...layer('tokenizer.quantizer.project_in', 6, seenWidth),
      ...layer('tokenizer.quantizer.project_out', seenWidth, 6),
      token('detokenizer.special_tokens', soundFrames),
      ...layer('detokenizer.embed_tokens', seenWidth, seenWidth),
      ...blocks('detokenizer', 2, coder),
      scale('detokenizer.norm.weight', seenWidth),
      ...layer('detokenizer.proj_out', soundWidth, seenWidth),
    ]),
  ];
}

/** A convolution that is kept as direction and length; of zeros it would be no number. */
const directed = (name: string, shape: readonly [number, number, number], outputs: number | null): TensorSpec[] => [
  { name: `${name}.parametrizations.weight.original0`, shape: [shape[0], 1, 1], fill: ones },
  { ...weight(name, shape), name: `${name}.parametrizations.weight.original1` },
  ...(outputs === null ? [] : [{ name: `${name}.bias`, shape: [outputs], fill: zeros }]),
];

const snake = (name: string, width: number): TensorSpec[] =>
  ['alpha', 'beta'].map((part) => ({ name: `${name}.${part}`, shape: [width], fill: zeros }));

const unit = (name: string, width: number): TensorSpec[] => [
  ...snake(`${name}.layers.0`, width),
  ...directed(`${name}.layers.1`, [width, width, 7], width),
  ...snake(`${name}.layers.2`, width),
  ...directed(`${name}.layers.3`, [width, width, 1], width),
];

/** Sound out of ACE-Step's latents: 168.7 M values of fixed shapes, of which the half that decodes holds something. */
export function aceVae(): TensorSpec[] {
  const [channels, pcm] = [128, 2];
  const widths = [1, 1, 2, 4, 8, 16].map((times) => times * channels);
  const strides = [2, 4, 4, 6, 10];
  const stages = strides.map((stride, index) => {
    const [narrow = 0, wide = 0] = widths.slice(index, index + 2);
    return { stride, narrow, wide };
  });
  const widest = 16 * channels;
  return [
    ...emptied([
      ...directed('encoder.layers.0', [channels, pcm, 7], channels),
      ...stages.flatMap(({ stride, narrow, wide }, index) => {
        const name = `encoder.layers.${index + 1}.layers`;
        return [
          ...[0, 1, 2].flatMap((at) => unit(`${name}.${at}`, narrow)),
          ...snake(`${name}.3`, narrow),
          ...directed(`${name}.4`, [wide, narrow, stride * 2], wide),
        ];
      }),
      ...snake('encoder.layers.6', widest),
      ...directed('encoder.layers.7', [soundWidth * 2, widest, 3], soundWidth * 2),
    ]),
    ...directed('decoder.layers.0', [widest, soundWidth, 7], widest),
    ...stages.toReversed().flatMap(({ stride, narrow, wide }, index) => {
      const name = `decoder.layers.${index + 1}.layers`;
      return [
        ...snake(`${name}.0`, wide),
        ...directed(`${name}.1`, [wide, narrow, stride * 2], narrow),
        ...[2, 3, 4].flatMap((at) => unit(`${name}.${at}`, narrow)),
      ];
    }),
    ...snake('decoder.layers.6', channels),
    ...directed('decoder.layers.7', [pcm, channels, 7], null),
  ];
}
