import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { StepError, type StreamFacts } from '@polyreel/core';
import { buildInputArgs } from '../foreign-input.ts';
import type { MediaKind } from '../media-kinds.ts';
import { runProcess } from '../run-process.ts';
import { runRender } from '../render.ts';
import { type MediaTools, RENDER_MEMORY_BYTES } from '../tools.ts';

/** Shorter side of a preview. */
const PREVIEW_SIDE = 720;
/** A stream can be entered this often. */
const KEY_FRAME_SECONDS = 2;
const SEGMENT_SECONDS = 4;
const PACK_TIMEOUT_MS = 30 * 60_000;

const even = (pixels: string): string => `trunc(${pixels}/2)*2`;
/** The shorter side at most 720, never enlarged, both even. */
const previewScale = `scale='if(gte(iw,ih),-2,${even(`min(${PREVIEW_SIDE},iw)`)})':'if(gte(iw,ih),${even(`min(${PREVIEW_SIDE},ih)`)},-2)'`;

const soundArgs = ['-c:a', 'aac', '-b:a', '128k', '-ac', '2', '-ar', '48000'] as const;
const cleanArgs = ['-map_metadata', '-1', '-map_chapters', '-1', '-sn', '-dn', '-movflags', '+faststart', '-f', 'mp4'] as const;

export interface PreviewOptions {
  readonly kind: MediaKind;
  readonly input: string;
  readonly output: string;
  readonly signal: AbortSignal;
}

export const buildVideoPreviewArgs = ({ kind, input, output }: Omit<PreviewOptions, 'signal'>): string[] => [
  ...buildInputArgs(kind, input, { threads: 2 }),
  ...['-map', '0:v:0', '-map', '0:a:0?', '-vf', `${previewScale},setsar=1,format=yuv420p`],
  ...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '23', '-profile:v', 'high', '-threads', '2', '-fpsmax', '60'],
  ...['-force_key_frames', `expr:gte(t,n_forced*${KEY_FRAME_SECONDS})`, '-sc_threshold', '0'],
  ...soundArgs,
  ...cleanArgs,
  output,
];

export const buildAudioPreviewArgs = ({ kind, input, output }: Omit<PreviewOptions, 'signal'>): string[] => [
  ...buildInputArgs(kind, input, { threads: 1 }),
  ...['-map', '0:a:0', '-vn'],
  ...soundArgs,
  ...cleanArgs,
  output,
];

/** An MP4 (H.264 of at most 720 lines and AAC) that every browser plays and that can be entered every two seconds. Throws StepError. */
export const makeVideoPreview = (tools: MediaTools, options: PreviewOptions): Promise<void> =>
  runRender(tools, { args: buildVideoPreviewArgs(options), output: options.output, signal: options.signal });

/** Sound alone as AAC in MP4. Throws StepError. */
export const makeAudioPreview = (tools: MediaTools, options: PreviewOptions): Promise<void> =>
  runRender(tools, { args: buildAudioPreviewArgs(options), output: options.output, signal: options.signal });

/**
 * Packs a preview as one file of fragments, so that a stream is one object whose segments are byte ranges. The playlist itself is
 * written on request, with links that are good then. Throws StepError.
 */
export const packStream = async (
  tools: MediaTools,
  options: { preview: string; scratchDir: string; signal: AbortSignal },
): Promise<{ path: string; facts: StreamFacts }> => {
  const playlist = path.join(options.scratchDir, 'stream.m3u8');
  await runProcess({
    command: tools.ffmpegPath,
    args: [
      ...['-hide_banner', '-loglevel', 'error', '-nostdin', '-nostats', '-y'],
      ...buildInputArgs('mp4', options.preview, { threads: 1 }),
      ...['-map', '0', '-c', 'copy', '-f', 'hls', '-hls_time', String(SEGMENT_SECONDS), '-hls_playlist_type', 'vod'],
      ...['-hls_segment_type', 'fmp4', '-hls_flags', 'single_file', playlist],
    ],
    cwd: options.scratchDir,
    signal: options.signal,
    timeoutMs: PACK_TIMEOUT_MS,
    maxMemoryBytes: RENDER_MEMORY_BYTES,
  });
  const { file, facts } = readPackedPlaylist(await readFile(playlist, 'utf8'));
  return { path: path.join(options.scratchDir, path.basename(file)), facts };
};

const broken = (): StepError =>
  new StepError({ code: 'stream_unreadable', publicMessage: 'The stream could not be packed', permanent: true });

/** What ffmpeg wrote about a stream in a single file. */
export function readPackedPlaylist(text: string): { file: string; facts: StreamFacts } {
  const map = /#EXT-X-MAP:URI="([^"]+)",BYTERANGE="(\d+)@(\d+)"/.exec(text);
  const segments = [...text.matchAll(/#EXTINF:([\d.]+),[^\n]*\n#EXT-X-BYTERANGE:(\d+)@(\d+)/g)].map((match) => ({
    seconds: Number(match[1]),
    length: Number(match[2]),
    offset: Number(match[3]),
  }));
  const target = /#EXT-X-TARGETDURATION:(\d+)/.exec(text);
  if (map?.[1] === undefined || target === null || segments.length === 0) throw broken();
  return {
    file: map[1],
    facts: { targetSeconds: Number(target[1]), head: { length: Number(map[2]), offset: Number(map[3]) }, segments },
  };
}
