export * from './features.ts';
export * from './registry.ts';
export * from './surface.ts';
export * from './timeline-language.ts';
export { readKey } from './shared/read-key.ts';
