import type { FilmTask, FilmTaskType, TaskInputRole } from '@polyreel/core';
import type { MediaTools } from '@polyreel/media';
import type { Runner } from '../runner.ts';

/** One runner with real backends and real inputs, as the conformance suite drives it. */
export interface RunnerTarget {
  readonly runner: Runner;
  readonly tools: MediaTools;
  /** Local paths of an input for every role that the runner's tasks need. */
  readonly inputs: Readonly<Partial<Record<TaskInputRole, string>>>;
  close(): Promise<void>;
}

export type GetTarget = () => RunnerTarget;

export interface ClipSize {
  readonly canvas: { readonly width: number; readonly height: number };
  readonly frameRate: { readonly numerator: number; readonly denominator: number };
  readonly frameCount: number;
}

/** Roles without which a task cannot start. */
export const neededInputs: Readonly<Record<FilmTaskType, readonly TaskInputRole[]>> = {
  'text-to-video': [],
  'image-to-video': ['image'],
  'first-last-frame': ['image', 'lastImage'],
  'talking-head': ['image', 'audio'],
};

/** A task of the given kind and size. */
export const filmTask = (type: FilmTaskType, size: ClipSize, seed = 1): FilmTask => {
  const common = { model: 'reference', ...size, seed, prompt: 'waves on a beach at sunset, pan left' };
  return type === 'talking-head' ? { type, ...common } : { type, ...common, negativePrompt: '' };
};

/** Far beyond what anything here takes, so that a hang is told by the name of a case. */
export const PATIENCE_MS = 240_000;
