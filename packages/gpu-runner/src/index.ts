export * from './backends/cpu/index.ts';
export * from './runner.ts';
