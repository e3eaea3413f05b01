import { rm } from 'node:fs/promises';
import { durationOfFrames, type FrameRate, framesForSeconds, framesPerSecond, StepError } from '@polyreel/core';
import { buildConformClipArgs } from './conform-clip.ts';
import { buildInputArgs } from './foreign-input.ts';
import { trackTimescale } from './frame-rate.ts';
import { CLEAN_MP4_ARGS } from './h264.ts';
import { measureAudio } from './measure-audio.ts';
import type { MediaKind } from './media-kinds.ts';
import { probe, type VideoFacts } from './probe.ts';
import { runRender } from './render.ts';
import { sniffFile } from './sniff.ts';
import type { MediaTools } from './tools.ts';

export interface MuxAudioOptions {
  /** A silent film as ours are. */
  readonly video: string;
  /** Any sound that `identifyFile` calls sound. */
  readonly audio: string;
  /** Length of the sound, if it was measured before; otherwise it is measured here. */
  readonly audioSeconds?: number;
  readonly frameRate: FrameRate;
  readonly output: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (ratio: number) => void;
}

const SAMPLE_RATE = 48_000;

/**
 * Puts sound under a film: AAC, 48 kHz, mono stays mono, more than two channels become two, loudness as it was. The film then lasts
 * as long as the sound within one frame: frames beyond are cut, and a film that is shorter holds its last frame. The sound is filled
 * up or cut by less than a frame, so that both tracks end together. Returns the number of frames.
 */
export const muxAudio = async (tools: MediaTools, options: MuxAudioOptions): Promise<{ frameCount: number }> => {
  const { signal, frameRate } = options;
  const { kind } = await sniffFile(options.audio);
  const [{ video }, sound] = [
    await probe(tools, options.video, { kind: 'mp4', signal, countsFrames: true }),
    await probe(tools, options.audio, { kind, signal }),
  ];
  if (video === undefined || video.frameCount === null || sound.audio === undefined) {
    throw new StepError({ code: 'mux_input', publicMessage: 'The film or its sound could not be read', permanent: true });
  }
  const audioSeconds = options.audioSeconds ?? (await measureAudio(tools, options.audio, { kind, signal })).seconds;
  const frameCount = fittingFrames(video.frameCount, audioSeconds, frameRate);
  const held = `${options.output}.held.mp4`;
  const isHeld = frameCount > video.frameCount;
  if (isHeld) await holdLastFrame(tools, { options, video, frameCount, output: held });
  try {
    const args = buildMuxAudioArgs({
      ...{ video: isHeld ? held : options.video, audio: options.audio, kind, output: options.output },
      ...{ channels: Math.min(2, sound.audio.channels), frameCount, isCut: frameCount < video.frameCount, frameRate },
    });
    await runRender(tools, { args, output: options.output, signal, frameCount, onProgress: options.onProgress });
  } finally {
    if (isHeld) await rm(held, { force: true });
  }
  return { frameCount };
};

/** The film's own number of frames if it fits the sound within one frame, else the number that fits best. */
const fittingFrames = (frameCount: number, audioSeconds: number, frameRate: FrameRate): number => {
  const differenceFrames = Math.abs(frameCount - audioSeconds * framesPerSecond(frameRate));
  return differenceFrames < 1 ? frameCount : framesForSeconds(audioSeconds, frameRate);
};

const holdLastFrame = async (
  tools: MediaTools,
  { options, video, frameCount, output }: { options: MuxAudioOptions; video: VideoFacts; frameCount: number; output: string },
): Promise<void> => {
  const args = buildConformClipArgs({
    ...{ kind: 'mp4', input: options.video, output, inputFrameRate: video.frameRate },
    ...{ canvas: { width: video.width, height: video.height }, frameRate: options.frameRate },
    ...{ skipFrames: 0, frameCount, holdFrames: frameCount },
  });
  await runRender(tools, { args, output, signal: options.signal, frameCount });
};

/**
 * The picture is copied, the sound is counted in samples to the film's exact end. `-shortest` would cut by packets.
 */
export const buildMuxAudioArgs = (options: {
  video: string;
  audio: string;
  kind: MediaKind;
  channels: number;
  frameCount: number;
  /** The film has more frames than that. */
  isCut: boolean;
  frameRate: FrameRate;
  output: string;
}): string[] => {
  const samples = Math.round(durationOfFrames(options.frameCount, options.frameRate) * SAMPLE_RATE);
  const timescale = String(trackTimescale(options.frameRate));
  const exact = `asetpts=N/SR/TB,aresample=${SAMPLE_RATE},apad=whole_len=${samples},atrim=end_sample=${samples}`;
  // Ends between two frames. `-frames:v` would end the sound with the last packet of the picture.
  const cutSeconds = (options.frameCount - 0.5) / framesPerSecond(options.frameRate);
  return [
    ...(options.isCut ? ['-t', cutSeconds.toFixed(6)] : []),
    ...buildInputArgs('mp4', options.video, { threads: 1 }),
    ...buildInputArgs(options.kind, options.audio, { threads: 1 }),
    ...['-map', '0:v:0', '-map', '1:a:0', '-sn', '-dn', '-c:v', 'copy'],
    ...['-af', exact, '-c:a', 'aac', '-ar', String(SAMPLE_RATE), '-ac', String(options.channels)],
    ...['-b:a', options.channels === 1 ? '128k' : '192k', '-flags:a', '+bitexact'],
    ...['-movflags', '+faststart', '-video_track_timescale', timescale, '-movie_timescale', timescale],
    ...CLEAN_MP4_ARGS,
    options.output,
  ];
};
