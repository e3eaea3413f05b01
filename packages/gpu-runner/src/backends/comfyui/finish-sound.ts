import { buildInputArgs, type MediaTools, probe, runRender, sniffFile } from '@polyreel/media';
import { comfyError } from './comfy-errors.ts';

export interface FinishSoundOptions {
  readonly input: string;
  readonly output: string;
  readonly seconds: number;
  readonly signal: AbortSignal;
}

/** Silence that may be added to what came out too short: a model counts in grains of its own. */
const padSecondsMax = 0.5;

/** A WAV of exactly the asked length, with no tags. Throws StepError: `backend_bad_output` for what is much shorter. */
export async function finishSound(tools: MediaTools, options: FinishSoundOptions): Promise<void> {
  const { input, output, seconds, signal } = options;
  const { kind } = await sniffFile(input);
  const { audio, durationSeconds } = await probe(tools, input, { kind, signal }).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw comfyError('backend_bad_output', cause);
  });
  const madeSeconds = audio?.durationSeconds ?? durationSeconds ?? 0;
  if (!audio || madeSeconds < seconds - padSecondsMax)
    throw comfyError('backend_bad_output', new Error(`${madeSeconds} s of sound were made, ${seconds} s were asked`));
  const args = [
    ...buildInputArgs(kind, input, { threads: 1 }),
    ...['-map', '0:a:0', '-vn', '-sn', '-dn', '-af', `apad=whole_dur=${seconds},atrim=end=${seconds},asetpts=N/SR/TB`],
    ...['-c:a', 'pcm_s16le', '-ar', '48000', '-ac', '2', '-map_metadata', '-1', '-map_chapters', '-1'],
    ...['-fflags', '+bitexact', '-flags:a', '+bitexact', '-f', 'wav', output],
  ];
  await runRender(tools, { args, output, signal });
}
