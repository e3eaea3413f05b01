import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Canvas, type FrameRate, framesPerSecond, StepError } from '@polyreel/core';
import { buildConformClipArgs, isConforming } from './conform-clip.ts';
import { trackTimescale } from './frame-rate.ts';
import { assertEncodableCanvas, CLEAN_MP4_ARGS } from './h264.ts';
import type { MediaKind } from './media-kinds.ts';
import { probe, type VideoFacts } from './probe.ts';
import { runRender } from './render.ts';
import { sniffFile } from './sniff.ts';
import type { MediaTools } from './tools.ts';

export interface JoinedClip {
  readonly path: string;
  /** Left out at the start. */
  readonly skipFrames: number;
  /** Taken after that; what is left of the clip is dropped. */
  readonly frameCount: number;
}

export interface JoinClipsOptions {
  readonly clips: readonly JoinedClip[];
  readonly output: string;
  readonly canvas: Canvas;
  readonly frameRate: FrameRate;
  /** An existing folder; what is made in it is removed. */
  readonly scratchDir: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (ratio: number) => void;
}

interface OpenedClip extends JoinedClip {
  readonly kind: MediaKind;
  readonly video: VideoFacts;
}

/**
 * Joins clips into one silent film of exactly the sum of their frames. Clips encoded as ours are joined by copy, others are first
 * encoded anew on the canvas. Throws StepError: `clip_too_short` when a clip has fewer frames than are taken from it.
 */
export const joinClips = async (tools: MediaTools, options: JoinClipsOptions): Promise<void> => {
  assertEncodableCanvas(options.canvas);
  const folder = await mkdtemp(join(options.scratchDir, 'join-'));
  try {
    const opened: OpenedClip[] = [];
    for (const clip of options.clips) opened.push(await openClip(tools, clip, options.signal));
    let parts = await conformClips(tools, opened, options, folder, (clip) => isCopyable(clip, options));
    // Ours by every outward sign, but encoded with other settings: one set-up header could not serve them all.
    if (new Set(parts.map((part) => part.video.extradataHash)).size > 1) {
      parts = await conformClips(tools, opened, options, folder, () => false);
    }
    await copyTogether(tools, parts, options, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const openClip = async (tools: MediaTools, clip: JoinedClip, signal: AbortSignal): Promise<OpenedClip> => {
  const { kind } = await sniffFile(clip.path);
  const { video } = await probe(tools, clip.path, { kind, signal, countsFrames: true });
  if (video === undefined)
    throw new StepError({ code: 'clip_without_picture', publicMessage: 'A clip holds no picture', permanent: true });
  return { ...clip, kind, video };
};

const isCopyable = (clip: OpenedClip, target: { canvas: Canvas; frameRate: FrameRate }): boolean =>
  clip.skipFrames === 0 && (clip.video.frameCount ?? 0) >= clip.frameCount && isConforming(clip.video, target);

const conformClips = async (
  tools: MediaTools,
  clips: readonly OpenedClip[],
  options: JoinClipsOptions,
  folder: string,
  isReady: (clip: OpenedClip) => boolean,
): Promise<OpenedClip[]> => {
  const total = clips.reduce((sum, clip) => sum + clip.frameCount, 0);
  const parts: OpenedClip[] = [];
  let done = 0;
  for (const [index, clip] of clips.entries()) {
    const before = done;
    const onProgress = (ratio: number): void => options.onProgress?.(((before + ratio * clip.frameCount) / total) * 0.95);
    parts.push(
      isReady(clip) ? clip : await conformClip(tools, clip, options, join(folder, `conformed-${index}.mp4`), onProgress),
    );
    done += clip.frameCount;
  }
  return parts;
};

const conformClip = async (
  tools: MediaTools,
  clip: OpenedClip,
  options: JoinClipsOptions,
  output: string,
  onProgress: (ratio: number) => void,
): Promise<OpenedClip> => {
  const { canvas, frameRate, signal } = options;
  const isOtherRate = clip.video.frameRate === null || framesPerSecond(clip.video.frameRate) !== framesPerSecond(frameRate);
  const { skipFrames, frameCount, video, kind } = clip;
  // Choosing frames anew by time can come out one frame short of the exact length.
  const fit = { skipFrames, frameCount, holdFrames: isOtherRate ? 1 : 0, inputFrameRate: video.frameRate };
  const args = buildConformClipArgs({ kind, input: clip.path, output, canvas, frameRate, ...fit });
  await runRender(tools, { args, output, signal, frameCount, onProgress });
  const made = await openClip(tools, { path: output, skipFrames: 0, frameCount }, signal);
  assertFrames(made.video, frameCount, 'clip_too_short', `A clip ends before its frame ${skipFrames + frameCount}`);
  return made;
};

/** The concat list: safe names that we chose; a clip that is cut gets its end between two frames. */
export const buildConcatList = (parts: readonly { name: string; cutAfterFrames?: number }[], frameRate: FrameRate): string => {
  const lines = ['ffconcat version 1.0'];
  for (const { name, cutAfterFrames } of parts) {
    lines.push(`file ${name}`);
    if (cutAfterFrames !== undefined) lines.push(`outpoint ${((cutAfterFrames - 0.5) / framesPerSecond(frameRate)).toFixed(6)}`);
  }
  return `${lines.join('\n')}\n`;
};

/** Packets are stamped by their count: times are exact however many clips there are. */
export const buildCopyTogetherArgs = (options: {
  list: string;
  frameCount: number;
  frameRate: FrameRate;
  output: string;
}): string[] => {
  const timescale = String(trackTimescale(options.frameRate));
  const ticks = (trackTimescale(options.frameRate) / options.frameRate.numerator) * options.frameRate.denominator;
  return [
    ...['-protocol_whitelist', 'file,pipe', '-format_whitelist', 'concat,mov,mp4,m4a,3gp,3g2,mj2'],
    ...['-f', 'concat', '-safe', '1', '-auto_convert', '0', '-i', options.list, '-map', '0:v:0', '-an', '-c:v', 'copy'],
    ...['-frames:v', String(options.frameCount), '-bsf:v', `setts=ts=N*${ticks}:duration=${ticks}`],
    ...['-movflags', '+faststart', '-video_track_timescale', timescale, '-movie_timescale', timescale],
    ...CLEAN_MP4_ARGS,
    options.output,
  ];
};

const copyTogether = async (
  tools: MediaTools,
  parts: readonly OpenedClip[],
  options: JoinClipsOptions,
  folder: string,
): Promise<void> => {
  const { frameRate, output, signal } = options;
  const listed: { name: string; cutAfterFrames?: number }[] = [];
  for (const [index, part] of parts.entries()) {
    const name = `part-${index}.mp4`;
    await symlink(resolve(part.path), join(folder, name));
    listed.push(part.video.frameCount === part.frameCount ? { name } : { name, cutAfterFrames: part.frameCount });
  }
  const list = join(folder, 'list.ffconcat');
  await writeFile(list, buildConcatList(listed, frameRate));
  const frameCount = parts.reduce((sum, part) => sum + part.frameCount, 0);
  await runRender(tools, { args: buildCopyTogetherArgs({ list, frameCount, frameRate, output }), output, signal });
  const { video } = await probe(tools, output, { kind: 'mp4', signal, countsFrames: true });
  assertFrames(video, frameCount, 'join_inexact', 'The clips could not be joined');
  options.onProgress?.(1);
};

const assertFrames = (video: VideoFacts | undefined, wanted: number, code: string, publicMessage: string): void => {
  if (video?.frameCount === wanted) return;
  const cause = new Error(`${video?.frameCount ?? 0} frames instead of ${wanted}`);
  throw new StepError({ code, publicMessage, permanent: true, cause });
};
