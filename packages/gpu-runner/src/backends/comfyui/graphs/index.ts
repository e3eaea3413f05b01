export * from './graph.ts';
export { type Available, modelFiles, type ModelRole } from './model-files.ts';
export type { GraphPolicy, Quality, TaskSources } from './recipe.ts';
export type { SourceFilm } from './refine.ts';
export * from './select-graph.ts';
