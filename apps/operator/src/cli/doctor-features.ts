import { findSpeech, reportServer, type ServerReport, createToolRunner } from '@polyreel/gpu-runner';
import { modelManifest } from '@polyreel/gpu-runner/models';
import { type SurfaceFeature, surfaceFeatures } from '@polyreel/surfaces';
import type { OperatorConfig } from './command.ts';

export type FeatureRow = readonly [surface: string, feature: string, state: 'works' | 'missing', what: string];

const waitMs = 15_000;

/** What callers can do with the models that lie on the servers, and which files the rest lacks. Servers that do not answer count as empty. */
export async function examineFeatures(config: OperatorConfig): Promise<FeatureRow[]> {
  const { generation } = config;
  if (generation.runner !== 'comfyui') return [];
  const policy = { quality: config.generationQuality, allowNonCommercial: generation.allowNonCommercial };
  const reports = await Promise.all(
    generation.urls.map((url) =>
      reportServer({ url, headers: generation.headers, policy, signal: AbortSignal.timeout(waitMs) }).catch(() => null),
    ),
  );
  const found = reports.filter((report) => report !== null);
  const tools = await toolTasks(config);
  return surfaceFeatures(config.surfaces).map((feature) => judge(feature, found, tools));
}

async function toolTasks(config: OperatorConfig): Promise<ReadonlySet<string>> {
  const { ffmpegPath, ffprobePath, flitePath, espeakPath, tts, ttsVoices } = config;
  const endpoint = tts?.model ? { baseUrl: tts.baseUrl, model: tts.model, apiKey: tts.apiKey, voices: ttsVoices } : null;
  const speech = await findSpeech({ flitePath, espeakPath, endpoint });
  return createToolRunner({ ffmpegPath, ffprobePath, speech }).tasks;
}

function judge(
  { surface, feature, task, model }: SurfaceFeature,
  reports: readonly ServerReport[],
  tools: ReadonlySet<string>,
): FeatureRow {
  const recipes = reports.flatMap((report) =>
    report.recipes
      .filter((recipe) => recipe.task === task && recipe.model === model && !recipe.isForbidden)
      .map((recipe) => ({ ...recipe, url: report.url, lacks: recipe.missing.nodes.length + recipe.missing.files.length })),
  );
  const ready = recipes.filter((recipe) => recipe.lacks === 0);
  const [best] = ready;
  const servers = new Set(ready.map(({ url }) => url)).size;
  if (best) return [surface, feature, 'works', `${best.label}; ${servers === 1 ? '1 server' : `${servers} servers`}`];
  if (tools.has(task)) return [surface, feature, 'works', 'a tool on this machine'];
  const [nearest] = recipes.toSorted((a, b) => a.lacks - b.lacks);
  if (!nearest) return [surface, feature, 'missing', reports.length === 0 ? 'no server answers' : 'no model and no tool does it'];
  return [surface, feature, 'missing', `${nearest.label} lacks ${describeMissing(nearest.missing)}`];
}

function describeMissing({ nodes, files }: ServerReport['recipes'][number]['missing']): string {
  const places = files.map(([folder, file]) => {
    const known = modelManifest.find((one) => one.folder === folder && one.file === file);
    return `${folder}/${file}${known ? ` (from ${known.source.repository})` : ''}`;
  });
  const classes = nodes.map((name) => `node ${name} (a newer ComfyUI)`);
  return [...places, ...classes].join(', ');
}
