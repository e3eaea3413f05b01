import type { MediaInspector } from '@polyreel/core';
import { DomainError } from '@polyreel/core';
import { inspectImage, isAboutInput } from './image.ts';
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

/** The core's port over ffmpeg. `maxAudioSeconds`: decoding stops there, and `inspectAudio` then answers a little more than that. */
export const createMediaInspector = (tools: MediaTools, options: { maxAudioSeconds?: number } = {}): MediaInspector => ({
  async identify(path) {
    const { family, mediaType } = await identifyFile(tools, path, { signal: new AbortController().signal });
    return { family: family === 'playlist' ? 'other' : family, mediaType };
  },

  async inspectImage(path) {
    const { mediaType, width, height } = await inspectImage(tools, path, { signal: new AbortController().signal });
    return { mediaType, width, height };
  },

  async inspectAudio(path) {
    const { signal } = new AbortController();
    try {
      const identified = await identifyFile(tools, path, { signal });
      if (mediaKinds[identified.kind].demuxer === null || identified.family !== 'audio') throw audioError();
      const limit = options.maxAudioSeconds;
      const measure = await measureAudio(tools, path, {
        kind: identified.kind,
        signal,
        ...(limit === undefined ? {} : { maxSeconds: limit }),
      });
      return { mediaType: identified.mediaType, seconds: measure.isLonger ? measure.seconds + 1 : measure.seconds };
    } catch (error) {
      if (isAboutInput(error)) throw audioError(error);
      throw error;
    }
  },
});

const audioError = (cause?: unknown): DomainError =>
  new DomainError('unsupported_media', 'audio could not be decoded', { code: 'audio_undecodable', cause });
