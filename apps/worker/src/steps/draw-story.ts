import {
  type Artifact,
  composeStory,
  partNames,
  StepError,
  type StepParamsOf,
  type StoryPart,
  timelineStretches,
} from '@polyreel/core';
import { fileIdentity, type TimelineRenderRequest, type TimelineRenderResult } from './render-timeline.ts';
import type { StepContext, StepExecutor } from './step-executor.ts';

export interface DrawStoryDeps {
  /** The renderer's own check; throws for what it would not draw. */
  checkEdit(edit: unknown): unknown;
  render(request: TimelineRenderRequest): Promise<TimelineRenderResult>;
}

/** Lays the parts of a story out by the length that they really have, and draws the film. */
export function createDrawStory(deps: DrawStoryDeps): StepExecutor<'draw-story'> {
  return async (params, context) => {
    const parts = partsOf(params, context);
    const composed = composeStory(params.story, (name) => parts.get(name)?.part, params.film);
    const artifacts = new Map([...parts.values()].map(({ artifact }) => [artifact.fileId, artifact]));
    const result = await deps.render({
      document: deps.checkEdit(composed.edit),
      outputDir: context.scratchDir,
      signal: context.signal,
      resolveSource: async ({ origin, path: place }) => {
        const file = origin.type === 'address' ? composed.files[origin.src] : undefined;
        if (file === undefined) throw new Error(`${place}: the story names no such file`);
        const artifact = artifacts.get(file.fileId);
        const path = await (artifact ? context.fetchArtifact(artifact) : context.fetchFile(file.fileId));
        return { path, identity: fileIdentity(file.fileId) };
      },
      onProgress: ({ stage, ratio }) => {
        const { fetching, rendering } = timelineStretches;
        context.onProgress(stage === 'fetching' ? ratio * fetching : fetching + ratio * (rendering - fetching));
      },
    });
    context.onProgress(timelineStretches.rendering);
    const [film] = result.files;
    if (film === undefined) throw new Error('the renderer wrote no film');
    const kept = await context.keep(
      {
        role: 'film',
        path: film.path,
        mediaType: film.mediaType,
        name: `${params.outputName}.mp4`,
        facts: { ...params.film.canvas, frameCount: result.frameCount, durationSeconds: result.durationSeconds },
      },
      'output',
    );
    const warnings = result.warnings.map(({ code, path, message }) => ({ code, details: { path, message } }));
    return { artifacts: [kept], warnings, jobArtifacts: [kept] };
  };
}

/** By name; each is the first result of the step that has it. */
function partsOf(
  { story }: StepParamsOf<'draw-story'>,
  context: StepContext,
): Map<string, { part: StoryPart; artifact: Artifact }> {
  const parts = new Map<string, { part: StoryPart; artifact: Artifact }>();
  for (const name of partNames(story)) {
    const [artifact] = context.resultOf(name).artifacts;
    if (!artifact) throw new StepError({ code: 'input_missing', publicMessage: `Step ${name} made nothing`, permanent: true });
    parts.set(name, { part: { fileId: artifact.fileId, durationSeconds: artifact.durationSeconds }, artifact });
  }
  return parts;
}
