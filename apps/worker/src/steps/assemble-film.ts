import path from 'node:path';
import type { StepParamsOf } from '@polyreel/core';
import { durationOfFrames, StepError, type Warning } from '@polyreel/core';
import { extractThumbnail, joinClips, type MediaTools, mixSound, type MixTrack, muxAudio } from '@polyreel/media';
import type { StepContext, StepExecutor } from './step-executor.ts';

/** Joins clips (by copy where they agree), adds or mixes the sound, makes the thumbnail; film and thumbnail are the job's results. */
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
    if (params.isUnpublished) {
      const facts = {
        width: canvas.width,
        height: canvas.height,
        frameCount,
        durationSeconds: durationOfFrames(frameCount, frameRate),
      };
      const name = `${params.outputName}.mp4`;
      const unpublished = await context.keep({ role: 'film', path: film, mediaType: 'video/mp4', name, facts }, 'intermediate');
      return { artifacts: [unpublished], warnings: warningsOf(params, context), jobArtifacts: [] };
    }
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
    return { artifacts: kept, warnings: warningsOf(params, context), jobArtifacts: kept };
  };
}

/** Of all that went into the film; what several scenes say alike is said once. */
function warningsOf(params: StepParamsOf<'assemble-film'>, context: StepContext): Warning[] {
  const sounds = [...(params.audio ? [params.audio] : []), ...(params.tracks ?? []).map(({ source }) => source)];
  const steps = [...params.clips, ...sounds].flatMap((source) => ('fromStep' in source ? [source.fromStep] : []));
  const warnings = new Map(
    steps.flatMap((step) => context.resultOf(step).warnings.map((warning) => [JSON.stringify(warning), warning] as const)),
  );
  return [...warnings.values()];
}

async function addSound(
  media: MediaTools,
  params: StepParamsOf<'assemble-film'>,
  context: StepContext,
  silent: string,
  plannedFrames: number,
): Promise<{ film: string; frameCount: number }> {
  const sound = await bringSound(media, params, context, durationOfFrames(plannedFrames, params.frameRate));
  if (!sound) return { film: silent, frameCount: plannedFrames };
  const film = path.join(context.scratchDir, 'film.mp4');
  const { frameCount } = await muxAudio(media, {
    video: silent,
    audio: sound.path,
    audioSeconds: sound.seconds,
    frameRate: params.frameRate,
    output: film,
    signal: context.signal,
  });
  return { film, frameCount };
}

/** The given sound, or the tracks mixed to one that is as long as the film. */
async function bringSound(
  media: MediaTools,
  params: StepParamsOf<'assemble-film'>,
  context: StepContext,
  filmSeconds: number,
): Promise<{ path: string; seconds: number } | null> {
  if (params.audio) return { path: await fetchSound(params.audio, context), seconds: params.audio.seconds };
  if (!params.tracks) return null;
  const { signal, scratchDir } = context;
  const tracks: MixTrack[] = [];
  for (const { source, ...track } of params.tracks) tracks.push({ ...track, path: await fetchSound(source, context) });
  const output = path.join(scratchDir, 'mix.wav');
  const onProgress = (ratio: number) => context.onProgress(0.4 + ratio * 0.2);
  const loudness = await mixSound(media, { tracks, seconds: filmSeconds, output, scratchDir, signal, onProgress });
  context.log({ tracks: tracks.length, ...loudness }, 'sound mixed');
  return { path: output, seconds: filmSeconds };
}

type SoundSource = { readonly fileId: string } | { readonly fromStep: string };

async function fetchSound(source: SoundSource, context: StepContext): Promise<string> {
  if ('fileId' in source) return context.fetchFile(source.fileId);
  const [artifact] = context.resultOf(source.fromStep).artifacts;
  if (!artifact)
    throw new StepError({ code: 'input_missing', publicMessage: `Step ${source.fromStep} made nothing`, permanent: true });
  return context.fetchArtifact(artifact);
}
