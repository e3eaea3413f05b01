import { buildInputArgs } from '../foreign-input.ts';
import { probe } from '../probe.ts';
import { runRender } from '../render.ts';
import { sniffFile } from '../sniff.ts';
import type { MediaTools } from '../tools.ts';

/**
 * Puts the sound of one file under the pictures of another, which are copied: AAC into MP4, Opus into WebM. The film keeps its length.
 * False: there is no sound to join, and nothing was written. Throws StepError.
 */
export const joinSound = async (
  tools: MediaTools,
  options: { video: string; sound: string; output: string; signal: AbortSignal },
): Promise<boolean> => {
  const [film, sound] = [await sniffFile(options.video), await sniffFile(options.sound)];
  const { audio } = await probe(tools, options.sound, { kind: sound.kind, signal: options.signal });
  if (audio === undefined) return false;
  const { durationSeconds } = await probe(tools, options.video, { kind: film.kind, signal: options.signal });
  const isWebm = film.kind === 'webm';
  await runRender(tools, {
    args: [
      ...buildInputArgs(film.kind, options.video, { threads: 1 }),
      ...buildInputArgs(sound.kind, options.sound, { threads: 1 }),
      ...['-map', '0:v:0', '-map', '1:a:0', '-c:v', 'copy', '-map_metadata', '-1', '-map_chapters', '-1'],
      ...(isWebm ? ['-c:a', 'libopus', '-b:a', '128k'] : ['-c:a', 'aac', '-b:a', '192k', '-movflags', '+faststart']),
      // Silence where the sound is shorter, cut where it is longer.
      ...['-af', 'apad', ...(durationSeconds === null ? ['-shortest'] : ['-t', String(durationSeconds)])],
      ...['-f', isWebm ? 'webm' : 'mp4', options.output],
    ],
    output: options.output,
    signal: options.signal,
  });
  return true;
};
