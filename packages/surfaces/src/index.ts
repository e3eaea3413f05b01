export * from './registry.ts';
export * from './surface.ts';
