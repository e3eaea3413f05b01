import {
  fullWan,
  scaledFloat8,
  type TinyModel,
  t5Encoder,
  tinyT5,
  wanLora,
  wanTransformer,
  wanVae,
} from '@polyreel/testkit/comfyui/weights';

const model = (folder: string, file: string, tensors: TinyModel['tensors']): TinyModel => ({
  ...{ folder, file: `${file}.safetensors`, type: 'F16', tensors },
});

const rank = 64;
const expert = () => scaledFloat8(wanTransformer(fullWan));
const lora = () => wanLora(fullWan, rank);

/**
 * The pair for films from words, matrix for matrix as large as the published ones: what takes time and memory in sampling and decoding is real,
 * what is seen is noise. Only the text encoder is a small one: the real one carries its tokenizer inside, and random weights have none.
 */
export const fullModels: readonly TinyModel[] = [
  model('diffusion_models', 'wan2.2_t2v_high_noise_14B_fp8_scaled', expert),
  model('diffusion_models', 'wan2.2_t2v_low_noise_14B_fp8_scaled', expert),
  model('loras', 'wan2.2_t2v_lightx2v_4steps_lora_v1.1_high_noise', lora),
  model('loras', 'wan2.2_t2v_lightx2v_4steps_lora_v1.1_low_noise', lora),
  model('text_encoders', 'umt5_xxl_fp8_e4m3fn_scaled', () => t5Encoder(tinyT5)),
  model('vae', 'wan_2.1_vae', () => wanVae(96)),
];
