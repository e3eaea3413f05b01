import path from 'node:path';
import { StepError } from '@polyreel/core';
import type { MediaTools } from '@polyreel/media';
import { joinSound } from '@polyreel/media/renditions';
import type { StepExecutor } from './step-executor.ts';

/** A film made from another one gets that one's sound again; the film is the job's result. */
export function createJoinSound(deps: { media: MediaTools }): StepExecutor<'join-sound'> {
  return async (params, context) => {
    const [artifact] = context.resultOf(params.video.fromStep).artifacts;
    if (!artifact)
      throw new StepError({
        code: 'input_missing',
        publicMessage: `Step ${params.video.fromStep} made nothing`,
        permanent: true,
      });
    const video = await context.fetchArtifact(artifact);
    const sound = await context.fetchFile(params.sound.fileId);
    const extension = artifact.mediaType === 'video/webm' ? '.webm' : '.mp4';
    const joined = path.join(context.scratchDir, `joined${extension}`);
    const hasSound = await joinSound(deps.media, { video, sound, output: joined, signal: context.signal });
    context.onProgress(0.8);
    const { durationSeconds, width, height, frameCount } = artifact;
    const kept = await context.keep(
      {
        role: 'film',
        path: hasSound ? joined : video,
        mediaType: artifact.mediaType,
        name: `${params.outputName}${extension}`,
        facts: {
          ...(durationSeconds !== undefined && { durationSeconds }),
          ...(width !== undefined && { width }),
          ...(height !== undefined && { height }),
          ...(frameCount !== undefined && { frameCount }),
        },
      },
      params.isUnpublished ? 'intermediate' : 'output',
    );
    const { warnings } = context.resultOf(params.video.fromStep);
    return { artifacts: [kept], warnings, jobArtifacts: params.isUnpublished ? [] : [kept] };
  };
}
