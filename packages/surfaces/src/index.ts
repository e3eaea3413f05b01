export * from './registry.ts';
export * from './surface.ts';
export { readKey } from './shared/read-key.ts';
