import type { MediaInspector } from '@polyreel/core';
import { DomainError, StepError } from '@polyreel/core';
import { isAboutInput } from './foreign-input.ts';
import { inspectImage } from './image.ts';
import { measureAudio } from './measure-audio.ts';
import { type MediaKind, mediaKinds, type Sniffed, sniffedAs } from './media-kinds.ts';
import { isAudioOnly, probe } from './probe.ts';
import { sniffFile } from './sniff.ts';
import type { MediaTools } from './tools.ts';

/** Containers that may hold sound alone, and what they are called then. */
const audioOnlyTypes: Partial<Record<MediaKind, string>> = {
  mp4: 'audio/mp4',
  m4a: 'audio/mp4',
  mov: 'audio/mp4',
  webm: 'audio/webm',
  mkv: 'audio/x-matroska',
  ogv: 'audio/ogg',
};

/**
 * What a file is, after a look into its container where the first bytes cannot tell sound from film. A container that cannot be read
 * stays what its first bytes say; decoding it will name the fault.
 */
export const identifyFile = async (tools: MediaTools, path: string, options: { signal: AbortSignal }): Promise<Sniffed> => {
  const sniffed = await sniffFile(path);
  const audioType = audioOnlyTypes[sniffed.kind];
  if (audioType === undefined) return sniffed;
  try {
    const facts = await probe(tools, path, { kind: sniffed.kind, signal: options.signal });
    if (isAudioOnly(facts)) return { ...sniffed, family: 'audio', mediaType: audioType };
    return facts.video === undefined || sniffed.kind !== 'm4a' ? sniffed : sniffedAs('mp4');
  } catch (error) {
    if (isAboutInput(error)) return sniffed;
    throw error;
  }
};

/**
 * The core's port over ffmpeg. `maxAudioSeconds`: decoding stops there, and `inspectAudio` then answers a second more than that.
 * Throws DomainError alone: beside the port's own kinds `overloaded` when the machine is too busy and `internal` without ffmpeg.
 */
export const createMediaInspector = (tools: MediaTools, options: { maxAudioSeconds?: number } = {}): MediaInspector => {
  const inspectAudio = async (path: string): Promise<{ mediaType: string; seconds: number }> => {
    const { signal } = new AbortController();
    const identified = await identifyFile(tools, path, { signal });
    if (mediaKinds[identified.kind].demuxer === null || identified.family !== 'audio') throw audioError();
    const limit = options.maxAudioSeconds;
    const measure = await measureAudio(tools, path, {
      kind: identified.kind,
      signal,
      ...(limit === undefined ? {} : { maxSeconds: limit }),
    });
    return { mediaType: identified.mediaType, seconds: measure.isLonger ? measure.seconds + 1 : measure.seconds };
  };
  return {
    async identify(path) {
      const { signal } = new AbortController();
      const { family, mediaType } = await identifyFile(tools, path, { signal }).catch(failAsDomainError);
      return { family: family === 'playlist' ? 'other' : family, mediaType };
    },
    async inspectImage(path) {
      const { signal } = new AbortController();
      const { mediaType, width, height } = await inspectImage(tools, path, { signal }).catch(failAsDomainError);
      return { mediaType, width, height };
    },
    inspectAudio: (path) => inspectAudio(path).catch(failAsDomainError),
  };
};

const audioError = (cause?: unknown): DomainError =>
  new DomainError('unsupported_media', 'audio could not be decoded', { code: 'audio_undecodable', cause });

const failAsDomainError = (error: unknown): never => {
  if (isAboutInput(error)) throw audioError(error);
  if (!(error instanceof StepError)) throw error;
  if (error.code === 'process_timeout') {
    throw new DomainError('overloaded', 'The server is too busy to look at the file', { retryAfterSeconds: 30, cause: error });
  }
  throw new DomainError('internal', 'The file could not be looked at', { code: error.code, cause: error });
};
