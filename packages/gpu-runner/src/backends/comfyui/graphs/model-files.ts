/**
 * Names of the model files as their publishers give them, by role; a role's first file is the one that `polyreel models` pulls by default,
 * the others are used where they lie instead. `download manifest` and graphs share these names.
 */
export const modelFiles = {
  umt5: ['text_encoders', 'umt5_xxl_fp8_e4m3fn_scaled.safetensors', 'umt5_xxl_fp16.safetensors'],
  wanVae: ['vae', 'wan_2.1_vae.safetensors'],
  t2vHigh: ['diffusion_models', 'wan2.2_t2v_high_noise_14B_fp8_scaled.safetensors', 'wan2.2_t2v_high_noise_14B_fp16.safetensors'],
  t2vLow: ['diffusion_models', 'wan2.2_t2v_low_noise_14B_fp8_scaled.safetensors', 'wan2.2_t2v_low_noise_14B_fp16.safetensors'],
  i2vHigh: ['diffusion_models', 'wan2.2_i2v_high_noise_14B_fp8_scaled.safetensors', 'wan2.2_i2v_high_noise_14B_fp16.safetensors'],
  i2vLow: ['diffusion_models', 'wan2.2_i2v_low_noise_14B_fp8_scaled.safetensors', 'wan2.2_i2v_low_noise_14B_fp16.safetensors'],
  t2vHighLora: ['loras', 'wan2.2_t2v_lightx2v_4steps_lora_v1.1_high_noise.safetensors'],
  t2vLowLora: ['loras', 'wan2.2_t2v_lightx2v_4steps_lora_v1.1_low_noise.safetensors'],
  i2vHighLora: ['loras', 'wan2.2_i2v_lightx2v_4steps_lora_v1_high_noise.safetensors'],
  i2vLowLora: ['loras', 'wan2.2_i2v_lightx2v_4steps_lora_v1_low_noise.safetensors'],
  wan5b: ['diffusion_models', 'wan2.2_ti2v_5B_fp16.safetensors'],
  wan22Vae: ['vae', 'wan2.2_vae.safetensors'],
  wan21Small: ['diffusion_models', 'wan2.1_i2v_480p_14B_fp16.safetensors', 'wan2.1_i2v_480p_14B_fp8_scaled.safetensors'],
  wan21Large: ['diffusion_models', 'wan2.1_i2v_720p_14B_fp16.safetensors', 'wan2.1_i2v_720p_14B_fp8_scaled.safetensors'],
  clipVision: ['clip_vision', 'clip_vision_h.safetensors'],
  s2v: ['diffusion_models', 'wan2.2_s2v_14B_fp8_scaled.safetensors', 'wan2.2_s2v_14B_bf16.safetensors'],
  s2vEars: ['audio_encoders', 'wav2vec2_large_english_fp16.safetensors'],
  infiniteTalk: ['model_patches', 'wan2.1_infiniteTalk_single_fp16.safetensors'],
  infiniteTalkEars: ['audio_encoders', 'wav2vec2-chinese-base_fp16.safetensors'],
  aceStep: ['diffusion_models', 'acestep_v1.5_turbo.safetensors', 'acestep_v1.5_xl_turbo_bf16.safetensors'],
  aceTags: ['text_encoders', 'qwen_0.6b_ace15.safetensors'],
  aceCodes: ['text_encoders', 'qwen_1.7b_ace15.safetensors', 'qwen_4b_ace15.safetensors'],
  aceVae: ['vae', 'ace_1.5_vae.safetensors'],
  stableAudio: ['checkpoints', 'stable_audio_3_medium.safetensors'],
  stableAudioBase: ['checkpoints', 'stable_audio_3_medium_base.safetensors'],
  stableAudioText: ['text_encoders', 't5gemma_b_b_ul2.safetensors'],
  mmaudio: ['mmaudio', 'mmaudio_large_44k_v2_fp16.safetensors'],
  mmaudioVae: ['mmaudio', 'mmaudio_vae_44k_fp16.safetensors'],
  mmaudioSync: ['mmaudio', 'mmaudio_synchformer_fp16.safetensors'],
  mmaudioClip: ['mmaudio', 'apple_DFN5B-CLIP-ViT-H-14-384_fp16.safetensors'],
  zImage: ['diffusion_models', 'z_image_turbo_bf16.safetensors'],
  zImageText: ['text_encoders', 'qwen_3_4b.safetensors'],
  zImageVae: ['vae', 'ae.safetensors'],
  upscaler: [
    'upscale_models',
    'RealESRGAN_x4plus.safetensors',
    'RealESRGAN_x4plus.pth',
    'RealESRGAN_x2.safetensors',
    'RealESRGAN_x2plus.pth',
  ],
  interpolator: ['frame_interpolation', 'rife_v4.26.safetensors', 'rife_v4.25.safetensors'],
  birefnet: ['background_removal', 'birefnet.safetensors'],
} as const satisfies Readonly<Record<string, readonly [folder: string, file: string, ...others: string[]]>>;

export type ModelRole = keyof typeof modelFiles;

/** What one server has: node classes, and files by model folder. */
export interface Available {
  readonly nodes: ReadonlySet<string>;
  readonly files: ReadonlyMap<string, ReadonlySet<string>>;
}

/** The file of a role that lies on the server; where none does, the one that is pulled by default. */
export function fileOf(available: Available, role: ModelRole): string {
  const [folder, first, ...others]: readonly [string, string, ...string[]] = modelFiles[role];
  const present = available.files.get(folder);
  return [first, ...others].find((file) => present?.has(file)) ?? first;
}

export const hasRole = (available: Available, role: ModelRole): boolean =>
  available.files.get(modelFiles[role][0])?.has(fileOf(available, role)) ?? false;
