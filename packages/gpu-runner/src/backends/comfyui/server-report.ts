import type { SystemStats } from './answers.ts';
import { createComfyHttp } from './comfy-http.ts';
import type { GraphPolicy } from './graphs/recipes.ts';
import { examineRecipes, type RecipeState } from './graphs/select-graph.ts';
import { examine } from './instance.ts';

export interface ServerReport {
  readonly url: string;
  readonly stats: SystemStats;
  /** Every way to do a task, and what this server lacks for it. */
  readonly recipes: readonly RecipeState[];
}

/** What one server is and has, for people. Throws StepError when it cannot be told; the cause says more. */
export async function reportServer(options: {
  url: string;
  headers: Readonly<Record<string, string>>;
  policy: GraphPolicy;
  signal: AbortSignal;
}): Promise<ServerReport> {
  const http = createComfyHttp({ baseUrl: options.url, headers: options.headers });
  const { available, stats } = await examine(http, options.signal);
  return { url: http.baseUrl, stats, recipes: examineRecipes(available, options.policy) };
}
