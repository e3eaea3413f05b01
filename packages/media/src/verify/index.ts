export * from './verify-file.ts';
