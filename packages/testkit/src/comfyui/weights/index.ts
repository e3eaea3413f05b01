export * from './ace.ts';
export * from './encoders.ts';
export * from './tensor.ts';
export * from './tiny-models.ts';
export * from './wan.ts';
export * from './write-safetensors.ts';
