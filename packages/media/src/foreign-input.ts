import { StepError } from '@polyreel/core';
import { type MediaKind, mediaKinds } from './media-kinds.ts';
import { type ProcessResult, runProcess } from './run-process.ts';
import { FOREIGN_INPUT_MEMORY_BYTES } from './tools.ts';

/** The most pixels that one picture of a caller may have. */
export const MAX_FOREIGN_PIXELS = 50_000_000;
const MAX_STREAMS = 32;

/**
 * Options that stand before `-i` for any file: the one demuxer of its sniffed kind (no guessing, so a playlist can never be opened as
 * one), local files only, a cap on pixels and streams. Throws for a kind that ffmpeg is never given.
 */
export const buildInputArgs = (kind: MediaKind, path: string, options: { threads: number }): string[] => {
  const { demuxer, mediaType } = mediaKinds[kind];
  if (demuxer === null) {
    throw new StepError({
      code: 'unsupported_media',
      publicMessage: `Files of type ${mediaType} are not supported`,
      permanent: true,
    });
  }
  return [
    ...['-protocol_whitelist', 'file,pipe', '-format_whitelist', formatNames[demuxer] ?? demuxer, '-f', demuxer],
    ...[
      '-max_streams',
      String(MAX_STREAMS),
      '-max_pixels',
      String(MAX_FOREIGN_PIXELS),
      '-threads',
      String(options.threads),
      '-i',
      path,
    ],
  ];
};

/** For a caller's file: one thread, so that memory stays small. */
export const buildForeignInputArgs = (kind: MediaKind, path: string): string[] => buildInputArgs(kind, path, { threads: 1 });

/** The whitelist compares with the demuxer's whole list of names. */
const formatNames: Readonly<Record<string, string>> = { mov: 'mov,mp4,m4a,3gp,3g2,mj2', matroska: 'matroska,webm' };

/**
 * Runs ffmpeg or ffprobe over a caller's file, inside the limits for foreign input. A file that needs more than `cpuSeconds` ends with
 * `process_cpu_limit`: its own fault. `process_timeout` comes at three times that, by the clock: the machine is overloaded or the CPU
 * limit is not enforced here.
 */
export const runOnForeignInput = (options: {
  command: string;
  args: readonly string[];
  signal: AbortSignal;
  cpuSeconds: number;
  onStdoutLine?: (line: string) => void;
}): Promise<ProcessResult> => {
  const { cpuSeconds, ...rest } = options;
  const limits = { maxMemoryBytes: FOREIGN_INPUT_MEMORY_BYTES, maxCpuSeconds: cpuSeconds, timeoutMs: cpuSeconds * 3000 };
  return runProcess({ ...rest, ...limits });
};

/** False for failures that say nothing about the file: an abort, a missing program, a machine too busy. */
export const isAboutInput = (error: unknown): boolean =>
  error instanceof StepError && !['aborted', 'process_not_started', 'process_timeout'].includes(error.code);
