export * from './frame-encoder.ts';
export * from './frame-rate.ts';
export * from './process-errors.ts';
export * from './run-process.ts';
export * from './tools.ts';
