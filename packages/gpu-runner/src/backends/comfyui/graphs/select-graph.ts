import { type Capability, type RunnerTask, type RunnerTaskType, runnerTaskTypes } from '@polyreel/core';
import type { RunWarning } from '../../../runner.ts';
import type { BuiltGraph, GraphNeeds } from './graph.ts';
import type { Available } from './model-files.ts';
import type { GraphPolicy, Recipe, TaskSources } from './recipe.ts';
import { recipes, sampleSources } from './recipes.ts';

export interface SelectedGraphs {
  readonly isReady: true;
  readonly recipe: string;
  /** One after the other; the film is their frames in a row, each without its first `skipFrames`. */
  readonly parts: readonly BuiltGraph[];
  readonly warnings: readonly RunWarning[];
}

/** What a server lacks; of all ways to do the task, the one that lacks least. */
export interface MissingGraphs {
  readonly isReady: false;
  /** Null: there is no graph for such a task. */
  readonly recipe: string | null;
  readonly missing: GraphNeeds;
}

const nothing: GraphNeeds = { nodes: [], files: [] };

/** The graphs that make a task on a server that has these nodes and files. Throws StepError for values that no model takes. */
export function selectGraph(
  task: RunnerTask,
  available: Available,
  { policy, sources }: { policy: GraphPolicy; sources: TaskSources },
): SelectedGraphs | MissingGraphs {
  const tried = recipes[task.type]
    .filter(({ model, isNonCommercial }) => model === task.model && (policy.allowNonCommercial || !isNonCommercial))
    .toSorted((a, b) => Number(b.isPreferred(task, sources)) - Number(a.isPreferred(task, sources)))
    .map((recipe) => {
      const context = { policy, sources, available };
      const parts = recipe.build(task, context);
      const missing = missingOf(joinNeeds(parts), available);
      return { recipe, parts, missing, warnings: recipe.warn(task, context) };
    });
  const ready = tried.find(({ missing }) => sizeOf(missing) === 0);
  if (ready) return { isReady: true, recipe: ready.recipe.key, parts: ready.parts, warnings: ready.warnings };
  const [nearest] = tried.toSorted((a, b) => sizeOf(a.missing) - sizeOf(b.missing));
  return { isReady: false, recipe: nearest?.recipe.key ?? null, missing: nearest?.missing ?? nothing };
}

/** One way to do one type of task, and what a server lacks for it. */
export interface RecipeState {
  readonly recipe: string;
  readonly label: string;
  readonly task: RunnerTaskType;
  readonly model: string;
  readonly maxFrames: number | null;
  /** Switched off because its weights are not for commerce. */
  readonly isForbidden: boolean;
  readonly missing: GraphNeeds;
}

/** Every recipe against one server; for the doctor's table and the capabilities. */
export const examineRecipes = (available: Available, policy: GraphPolicy): RecipeState[] =>
  runnerTaskTypes.flatMap((type) => recipes[type].map((recipe) => examine(type, recipe, available, policy)));

function examine(task: RunnerTaskType, recipe: Recipe, available: Available, policy: GraphPolicy): RecipeState {
  const context = { policy, sources: sampleSources, available };
  const parts = recipe.samples.flatMap((sample) => recipe.build(sample, context));
  return {
    ...{ recipe: recipe.key, label: recipe.label, task, model: recipe.model, maxFrames: recipe.maxFrames ?? null },
    isForbidden: recipe.isNonCommercial === true && !policy.allowNonCommercial,
    missing: missingOf(joinNeeds(parts), available),
  };
}

/** What a server with these nodes and files can do, a row for each task and model of the catalog. */
export function capabilitiesOf(available: Available, policy: GraphPolicy): Capability[] {
  const rows = new Map<string, Capability>();
  for (const { task, model, maxFrames, isForbidden, missing } of examineRecipes(available, policy))
    if (!isForbidden && sizeOf(missing) === 0 && !rows.has(`${task} ${model}`))
      rows.set(`${task} ${model}`, {
        ...{ runner: 'comfyui', kind: 'model', task, model },
        ...(maxFrames !== null && { maxFrames }),
      });
  return [...rows.values()];
}

function missingOf(needs: GraphNeeds, available: Available): GraphNeeds {
  return {
    nodes: needs.nodes.filter((name) => !available.nodes.has(name)),
    files: needs.files.filter(([folder, file]) => !available.files.get(folder)?.has(file)),
  };
}

function joinNeeds(parts: readonly BuiltGraph[]): GraphNeeds {
  const files = new Map(parts.flatMap(({ needs }) => needs.files.map((pair) => [pair.join('/'), pair] as const)));
  return {
    nodes: [...new Set(parts.flatMap(({ needs }) => needs.nodes))].toSorted(),
    files: [...files].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, pair]) => pair),
  };
}

const sizeOf = ({ nodes, files }: GraphNeeds): number => nodes.length + files.length;
