import path from 'node:path';
import { StepError, type StepParamsOf } from '@polyreel/core';
import type { MediaTools } from '@polyreel/media';
import { markFilm, markPicture } from '@polyreel/media/watermark';
import { keepThumbnail } from './keep-thumbnail.ts';
import { openFilm, openVisibleMark } from './open-film.ts';
import type { OutputFile, StepContext, StepExecutor } from './step-executor.ts';

/** Draws the mark on a film or picture; that and a thumbnail of it are the job's results. */
export function createDrawMark(deps: { media: MediaTools }): StepExecutor<'draw-mark'> {
  return async (params, context) => {
    const { fromStep } = params.source;
    const { artifacts, warnings } = context.resultOf(fromStep);
    const marked = artifacts.some(({ role }) => role === 'film')
      ? await drawOnFilm(deps.media, params, context)
      : await drawOnPicture(deps.media, params, context);
    const kept = [
      await context.keep(marked, 'output'),
      await keepThumbnail(deps.media, { file: marked, outputName: params.outputName, context }),
    ];
    return { artifacts: kept, warnings, jobArtifacts: kept };
  };
}

async function drawOnFilm(media: MediaTools, params: StepParamsOf<'draw-mark'>, context: StepContext): Promise<OutputFile> {
  const film = await openFilm(media, params.source.fromStep, context);
  const { width, height, frameRate, frameCount, seconds } = film;
  const output = path.join(context.scratchDir, 'marked.mp4');
  await markFilm(media, {
    ...{ input: film.path, output, canvas: { width, height }, frameRate, frameCount, signal: context.signal },
    visible: await openVisibleMark(params.visibleMark, context),
    onProgress: (ratio) => context.onProgress(ratio * 0.9),
  });
  const facts = { width, height, frameCount, durationSeconds: seconds };
  return { role: 'film', path: output, mediaType: 'video/mp4', name: `${params.outputName}.mp4`, facts };
}

async function drawOnPicture(media: MediaTools, params: StepParamsOf<'draw-mark'>, context: StepContext): Promise<OutputFile> {
  const artifact = context.resultOf(params.source.fromStep).artifacts.find(({ role }) => role === 'image');
  const { width, height } = artifact ?? {};
  if (artifact?.mediaType !== 'image/png' || width === undefined || height === undefined)
    throw new StepError({
      code: 'input_missing',
      publicMessage: `Step ${params.source.fromStep} made nothing that a mark can be drawn on`,
      permanent: true,
    });
  const input = await context.fetchArtifact(artifact);
  const output = path.join(context.scratchDir, 'marked.png');
  const visible = await openVisibleMark(params.visibleMark, context);
  await markPicture(media, { input, output, canvas: { width, height }, visible, signal: context.signal });
  return { role: 'image', path: output, mediaType: 'image/png', name: `${params.outputName}.png`, facts: { width, height } };
}
