import path from 'node:path';
import type { StepParamsOf } from '@polyreel/core';
import { durationOfFrames, StepError } from '@polyreel/core';
import { extractThumbnail, joinClips, type MediaTools, muxAudio } from '@polyreel/media';
import type { StepContext, StepExecutor } from './step-executor.ts';

/** Joins clips (by copy where they agree), adds the sound, makes the thumbnail; film and thumbnail are the job's results. */
export function createAssembleFilm(deps: { media: MediaTools }): StepExecutor<'assemble-film'> {
  return async (params, context) => {
    const { signal, scratchDir } = context;
    const clips: { path: string; skipFrames: number; frameCount: number }[] = [];
    for (const clip of params.clips) {
      const [artifact] = context.resultOf(clip.fromStep).artifacts;
      if (!artifact)
        throw new StepError({ code: 'input_missing', publicMessage: `Step ${clip.fromStep} made nothing`, permanent: true });
      clips.push({ path: await context.fetchArtifact(artifact), skipFrames: clip.skipFrames, frameCount: clip.frameCount });
    }
    const { canvas, frameRate } = params;
    const plannedFrames = clips.reduce((sum, clip) => sum + clip.frameCount, 0);
    const silent = path.join(scratchDir, 'silent.mp4');
    await joinClips(deps.media, {
      clips,
      output: silent,
      canvas,
      frameRate,
      scratchDir,
      signal,
      onProgress: (ratio) => context.onProgress(ratio * 0.4),
    });
    const { film, frameCount } = await addSound(deps.media, params, context, silent, plannedFrames);
    context.onProgress(0.7);
    const thumbnail = path.join(scratchDir, 'thumbnail.jpg');
    await extractThumbnail(deps.media, { input: film, output: thumbnail, signal });
    context.onProgress(0.8);
    const size = { width: canvas.width, height: canvas.height };
    const kept = [
      await context.keep(
        {
          role: 'film',
          path: film,
          mediaType: 'video/mp4',
          name: `${params.outputName}.mp4`,
          facts: { ...size, frameCount, durationSeconds: durationOfFrames(frameCount, frameRate) },
        },
        'output',
      ),
      await context.keep(
        { role: 'thumbnail', path: thumbnail, mediaType: 'image/jpeg', name: `${params.outputName}_thumb.jpg`, facts: size },
        'output',
      ),
    ];
    const { audio } = params;
    const sources = [...params.clips, ...(audio && 'fromStep' in audio ? [audio] : [])];
    const warnings = sources.flatMap((source) => context.resultOf(source.fromStep).warnings);
    return { artifacts: kept, warnings, jobArtifacts: kept };
  };
}

async function addSound(
  media: MediaTools,
  params: StepParamsOf<'assemble-film'>,
  context: StepContext,
  silent: string,
  plannedFrames: number,
): Promise<{ film: string; frameCount: number }> {
  if (!params.audio) return { film: silent, frameCount: plannedFrames };
  const film = path.join(context.scratchDir, 'film.mp4');
  const { frameCount } = await muxAudio(media, {
    video: silent,
    audio: await fetchSound(params.audio, context),
    audioSeconds: params.audio.seconds,
    frameRate: params.frameRate,
    output: film,
    signal: context.signal,
  });
  return { film, frameCount };
}

async function fetchSound(audio: NonNullable<StepParamsOf<'assemble-film'>['audio']>, context: StepContext): Promise<string> {
  if ('fileId' in audio) return context.fetchFile(audio.fileId);
  const [artifact] = context.resultOf(audio.fromStep).artifacts;
  if (!artifact)
    throw new StepError({ code: 'input_missing', publicMessage: `Step ${audio.fromStep} made nothing`, permanent: true });
  return context.fetchArtifact(artifact);
}
