export * from './backends/comfyui/index.ts';
export * from './backends/cpu/index.ts';
export * from './backends/tool/index.ts';
export * from './runner.ts';
