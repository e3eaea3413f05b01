import { buildInputArgs } from '../foreign-input.ts';
import type { MediaKind } from '../media-kinds.ts';
import { runRender } from '../render.ts';
import { sniffFile } from '../sniff.ts';
import type { MediaTools } from '../tools.ts';

/** MP3 of 192 kbit/s, without tags. */
export const buildMp3Args = (options: { kind: MediaKind; input: string; output: string }): string[] => [
  ...buildInputArgs(options.kind, options.input, { threads: 1 }),
  ...['-map', '0:a:0', '-vn', '-sn', '-dn', '-c:a', 'libmp3lame', '-b:a', '192k', '-map_metadata', '-1'],
  ...['-flags:a', '+bitexact', '-fflags', '+bitexact', '-id3v2_version', '0', '-f', 'mp3', options.output],
];

/** The first sound of a file as MP3. Throws StepError. */
export async function encodeMp3(
  tools: MediaTools,
  options: { input: string; output: string; signal: AbortSignal },
): Promise<void> {
  const { kind } = await sniffFile(options.input);
  await runRender(tools, { args: buildMp3Args({ ...options, kind }), output: options.output, signal: options.signal });
}
