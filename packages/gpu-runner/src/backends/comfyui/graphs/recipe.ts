import type { RunnerTask, RunnerTaskOf, RunnerTaskType, TaskInputRole } from '@polyreel/core';
import type { RunWarning } from '../../../runner.ts';
import type { BuiltGraph } from './graph.ts';
import type { Available } from './model-files.ts';
import type { SourceFilm } from './refine.ts';

export type Quality = 'auto' | 'fast' | 'best';

/** What the operator decided. */
export interface GraphPolicy {
  readonly quality: Quality;
  /** Weights whose licence forbids commercial use may be used where they lie. */
  readonly allowNonCommercial: boolean;
}

/** What is known of a task's inputs before they are uploaded. */
export interface TaskSources {
  readonly roles: readonly TaskInputRole[];
  /** The input `video`, probed. Needed by `interpolate` and `cut-out-video`. */
  readonly film?: SourceFilm;
}

export interface RecipeContext {
  readonly policy: GraphPolicy;
  readonly sources: TaskSources;
  readonly available: Available;
}

interface RecipeFacts {
  readonly key: string;
  readonly label: string;
  /** Key of the catalog's model that it stands for. */
  readonly model: string;
  /** Longest clip of one run, at the catalog's rate. */
  readonly maxFrames?: number;
  readonly isNonCommercial?: true;
}

export interface RecipeSpec<Task extends RunnerTask> extends RecipeFacts {
  /** Tasks that between them name everything that any task of this recipe may need. */
  readonly samples: readonly Task[];
  /** Whether it is tried before the recipes above it in the list. */
  isPreferred?(task: Task, sources: TaskSources): boolean;
  build(task: Task, context: RecipeContext): BuiltGraph[];
  warn?(task: Task, context: RecipeContext): RunWarning[];
}

/** One way to do one type of task. Its functions throw RangeError for a task of another type. */
export interface Recipe extends RecipeFacts {
  readonly samples: readonly RunnerTask[];
  isPreferred(task: RunnerTask, sources: TaskSources): boolean;
  build(task: RunnerTask, context: RecipeContext): BuiltGraph[];
  warn(task: RunnerTask, context: RecipeContext): RunWarning[];
}

/** A recipe for tasks of these types, as one that stands in a list with others. */
export function recipe<const T extends RunnerTaskType>(types: readonly T[], spec: RecipeSpec<RunnerTaskOf<T>>): Recipe {
  const own = (task: RunnerTask): RunnerTaskOf<T> => {
    if (isOf(task, types)) return task;
    throw new RangeError(`${spec.key} does no ${task.type}`);
  };
  return {
    ...spec,
    isPreferred: (task, sources) => spec.isPreferred?.(own(task), sources) ?? false,
    build: (task, context) => spec.build(own(task), context),
    warn: (task, context) => spec.warn?.(own(task), context) ?? [],
  };
}

const isOf = <T extends RunnerTaskType>(task: RunnerTask, types: readonly T[]): task is RunnerTaskOf<T> =>
  types.some((type) => type === task.type);
