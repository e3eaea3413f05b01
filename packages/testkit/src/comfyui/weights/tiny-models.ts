import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { aceTransformer, aceVae, qwen, qwenCodes, qwenTags, tinyAce } from './ace.ts';
import { clipVision, compactUpscaler, rife, t5Encoder, tinyClip, tinyT5, wav2vec2 } from './encoders.ts';
import type { TensorSpec, TensorType } from './tensor.ts';
import { tinyWan, wan22Vae, wanLora, wanTransformer, wanVae } from './wan.ts';
import { writeSafetensors } from './write-safetensors.ts';

export interface TinyModel {
  readonly folder: string;
  readonly file: string;
  readonly type: TensorType;
  tensors(): readonly TensorSpec[];
}

const model = (folder: string, file: string, tensors: () => readonly TensorSpec[], type: TensorType = 'F16'): TinyModel => ({
  ...{ folder, file: `${file}.safetensors`, type, tensors },
});

const t2v = () => wanTransformer(tinyWan);
const i2v = () => wanTransformer({ ...tinyWan, channelsIn: 36 });
const wan21 = () => wanTransformer({ ...tinyWan, channelsIn: 36, seesImage: true });
const lora = () => wanLora(tinyWan, 4);

/** Models that the server loads and runs, under the names of the real ones. */
export const tinyModels: readonly TinyModel[] = [
  model('text_encoders', 'umt5_xxl_fp8_e4m3fn_scaled', () => t5Encoder(tinyT5)),
  model('vae', 'wan_2.1_vae', () => wanVae(8), 'F32'),
  model('vae', 'wan2.2_vae', wan22Vae),
  model('diffusion_models', 'wan2.2_t2v_high_noise_14B_fp8_scaled', t2v),
  model('diffusion_models', 'wan2.2_t2v_low_noise_14B_fp8_scaled', t2v),
  model('diffusion_models', 'wan2.2_i2v_high_noise_14B_fp8_scaled', i2v),
  model('diffusion_models', 'wan2.2_i2v_low_noise_14B_fp8_scaled', i2v),
  model('diffusion_models', 'wan2.2_ti2v_5B_fp16', () => wanTransformer({ ...tinyWan, channelsIn: 48, channelsOut: 48 })),
  model('diffusion_models', 'wan2.1_i2v_480p_14B_fp16', wan21),
  model('diffusion_models', 'wan2.1_i2v_720p_14B_fp16', wan21),
  model('diffusion_models', 'wan2.2_s2v_14B_fp8_scaled', () => wanTransformer({ ...tinyWan, hears: true })),
  model('loras', 'wan2.2_t2v_lightx2v_4steps_lora_v1.1_high_noise', lora),
  model('loras', 'wan2.2_t2v_lightx2v_4steps_lora_v1.1_low_noise', lora),
  model('loras', 'wan2.2_i2v_lightx2v_4steps_lora_v1_high_noise', lora),
  model('loras', 'wan2.2_i2v_lightx2v_4steps_lora_v1_low_noise', lora),
  model('clip_vision', 'clip_vision_h', () => clipVision(tinyClip)),
  model('audio_encoders', 'wav2vec2_large_english_fp16', wav2vec2),
  model('upscale_models', 'RealESRGAN_x4plus', () => compactUpscaler(8, 4), 'F32'),
  model('frame_interpolation', 'rife_v4.26', () => rife(32), 'F32'),
  model('diffusion_models', 'acestep_v1.5_turbo', () => aceTransformer(tinyAce)),
  model('text_encoders', 'qwen_0.6b_ace15', () => qwen(qwenTags)),
  model('text_encoders', 'qwen_1.7b_ace15', () => qwen(qwenCodes)),
  model('vae', 'ace_1.5_vae', aceVae),
];

/** A file that is there and holds nothing to run: enough for a server to accept a graph that names it. */
export const placeholder = (folder: string, file: string): TinyModel => ({
  ...{ folder, file, type: 'F32' },
  tensors: () => [{ name: 'placeholder', shape: [1], fill: { kind: 'zeros' } }],
});

/** Writes the models that are not there yet. About 500 MB on the disk, most of them the text encoder's words and what decodes sound. */
export async function writeModels(modelsDir: string, models: readonly TinyModel[]): Promise<void> {
  for (const [index, { folder, file, type, tensors }] of models.entries()) {
    const path = join(modelsDir, folder, file);
    if (existsSync(path)) continue;
    await mkdir(dirname(path), { recursive: true });
    await writeSafetensors(path, { tensors: tensors(), type, seed: 1000 * (index + 1) });
  }
}
