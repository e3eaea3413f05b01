import { StepError } from '@polyreel/core';
import { buildForeignInputArgs, isAboutInput, runOnForeignInput } from '../foreign-input.ts';
import { measureAudio } from '../measure-audio.ts';
import { mediaKinds } from '../media-kinds.ts';
import type { MediaTools } from '../tools.ts';
import { type InspectedSource, unusable } from './inspect-source.ts';
import type { PreparedRender } from './prepare-render.ts';

const PICTURE_CPU_SECONDS = 30;

/**
 * ffmpeg ended with an error while it read the sources: each is decoded for itself to find whose fault it is. Gives the error to
 * throw: one that names the clip, or the one that was.
 */
export const blameSource = async (
  tools: MediaTools,
  { built, sources }: PreparedRender,
  options: { error: unknown; signal: AbortSignal },
): Promise<unknown> => {
  const { error, signal } = options;
  if (!(error instanceof StepError) || error.code !== 'process_failed' || signal.aborted) return error;
  const heard = new Map(built.sound.map(({ source, path }) => [source, { path, check: decodeSound, what: 'its sound' }]));
  const shown = new Map(
    built.scene.layers.flatMap(({ content, path }) =>
      content.type === 'video' || content.type === 'image'
        ? [[content.source, { path, check: decodePicture, what: 'its picture' }] as const]
        : [],
    ),
  );
  for (const [id, { path, check, what }] of [...heard, ...shown]) {
    const source = sources.get(id);
    if (source === undefined) continue;
    try {
      await check(tools, source, signal);
    } catch (cause) {
      if (signal.aborted || !isAboutInput(cause)) return error;
      return unusable(`${path}.asset.src`, `${what} cannot be decoded`, cause);
    }
  }
  return error;
};

const decodeSound = async (tools: MediaTools, { path, kind }: InspectedSource, signal: AbortSignal): Promise<void> => {
  await measureAudio(tools, path, { kind, signal });
};

const decodePicture = async (tools: MediaTools, { path, kind }: InspectedSource, signal: AbortSignal): Promise<void> => {
  if (mediaKinds[kind].demuxer === null) return;
  const args = [
    ...['-hide_banner', '-loglevel', 'error', '-nostdin', '-nostats', '-xerror', ...buildForeignInputArgs(kind, path)],
    ...['-map', '0:v:0', '-frames:v', '1', '-f', 'null', '-'],
  ];
  await runOnForeignInput({ command: tools.ffmpegPath, args, signal, cpuSeconds: PICTURE_CPU_SECONDS });
};
