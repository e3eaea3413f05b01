import { durationOfFrames, type FrameRate, StepError, type VisibleMarkSpec } from '@polyreel/core';
import { type MediaTools, probe } from '@polyreel/media';
import type { VisibleMark } from '@polyreel/media/watermark';
import type { StepContext } from './step-executor.ts';

/** A film of ours on local disk, measured. */
export interface StoredFilm {
  readonly path: string;
  readonly width: number;
  readonly height: number;
  readonly frameRate: FrameRate;
  readonly frameCount: number;
  readonly seconds: number;
}

/** The film that an earlier step made. Throws a permanent StepError where there is none. */
export async function openFilm(media: MediaTools, fromStep: string, context: StepContext): Promise<StoredFilm> {
  const artifact = context.resultOf(fromStep).artifacts.find(({ role }) => role === 'film');
  if (!artifact) throw new StepError({ code: 'input_missing', publicMessage: `Step ${fromStep} made no film`, permanent: true });
  const file = await context.fetchArtifact(artifact);
  const { video } = await probe(media, file, { kind: 'mp4', signal: context.signal, countsFrames: true });
  if (video === undefined || video.frameRate === null || video.frameCount === null)
    throw new StepError({ code: 'film_unreadable', publicMessage: 'The film could not be read', permanent: true });
  const { width, height, frameRate, frameCount } = video;
  return { path: file, width, height, frameRate, frameCount, seconds: durationOfFrames(frameCount, frameRate) };
}

/** With its picture on local disk, where it is one. */
export async function openVisibleMark(wanted: VisibleMarkSpec, context: StepContext): Promise<VisibleMark> {
  const { content, ...look } = wanted;
  if ('text' in content) return { ...look, ...content };
  return { ...look, imagePath: await context.fetchFile(content.image.fileId) };
}
