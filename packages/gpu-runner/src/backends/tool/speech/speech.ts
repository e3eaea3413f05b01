import { join } from 'node:path';
import { findVoice, StepError } from '@polyreel/core';
import { buildInputArgs, measureLoudness, runRender, sniffFile } from '@polyreel/media';
import type { ToolExecutor } from '../executor.ts';
import { speakByEndpoint } from './speak-by-endpoint.ts';
import { plainText, speakByProgram, toAscii } from './speak-by-program.ts';

/** LUFS, and the highest peak in dB. */
const level = { integrated: -16, ceilingDb: -1.5 } as const;

/** Reads the text aloud: WAV, 48 kHz, mono, always equally loud. */
export const speech: ToolExecutor<'speech'> = async (task, context, tools) => {
  const { signal, scratchDir } = context;
  const voice = findVoice(task.voice);
  if (!voice) throw failure('unknown_voice', `There is no voice ${task.voice.slice(0, 80)}`);
  if (!tools.speech) throw failure('speech_unavailable', 'This worker has no program that speaks');
  const { endpoint } = tools.speech;
  const text = endpoint || voice.engine.program !== 'flite' ? plainText(task.text) : toAscii(task.text);
  if (!/[\p{L}\p{N}]/u.test(text)) throw failure('speech_empty', 'The text holds nothing that this voice can read');
  const options = { text: task.text, voice, speedRatio: task.speedRatio, scratchDir, signal };
  const spoken = endpoint ? await speakByEndpoint(endpoint, options) : await speakByProgram(tools.speech, options);
  context.onProgress(0.7);
  const joined = join(scratchDir, 'speech-joined.wav');
  await render(buildJoinArgs(await sniffAll(spoken.files), { tempo: spoken.tempo, output: joined }), joined);
  const { integrated, truePeak } = await measureLoudness(tools, joined, { signal });
  if (truePeak < -60) throw failure('speech_empty', 'The text holds nothing that this voice can read');
  context.onProgress(0.85);
  const path = join(scratchDir, 'speech.wav');
  // What is too short for the measure is set by its peak.
  const gainDb = integrated <= -69 ? level.ceilingDb - truePeak : level.integrated - integrated;
  await render(buildLevelArgs({ input: joined, gainDb, output: path }), path);
  context.onProgress(1);
  return { path, mediaType: 'audio/wav', warnings: [] };

  function render(args: readonly string[], output: string): Promise<void> {
    return runRender(tools, { args, output, signal });
  }
};

const failure = (code: string, publicMessage: string): StepError => new StepError({ code, publicMessage, permanent: true });

async function sniffAll(files: readonly string[]): Promise<{ kind: 'wav'; path: string }[]> {
  const inputs: { kind: 'wav'; path: string }[] = [];
  for (const path of files) {
    const { kind } = await sniffFile(path);
    if (kind !== 'wav')
      throw new StepError({ code: 'speech_endpoint', publicMessage: 'The speech endpoint gave no WAV sound', permanent: true });
    inputs.push({ kind, path });
  }
  return inputs;
}

const wavOutput = (output: string): string[] => [
  ...['-c:a', 'pcm_s16le', '-ar', '48000', '-ac', '1', '-map_metadata', '-1', '-flags:a', '+bitexact', '-fflags', '+bitexact'],
  ...['-f', 'wav', output],
];

/** `atempo` changes pace and keeps the pitch. */
export function buildJoinArgs(
  inputs: readonly { kind: 'wav'; path: string }[],
  { tempo, output }: { tempo: number; output: string },
): string[] {
  const chains = inputs.map((_, index) => `[${index}:a:0]aresample=48000,aformat=channel_layouts=mono[part${index}]`);
  const parts = inputs.map((_, index) => `[part${index}]`).join('');
  const pace = Math.abs(tempo - 1) < 0.001 ? 'anull' : `atempo=${tempo.toFixed(4)}`;
  return [
    ...inputs.flatMap(({ kind, path }) => buildInputArgs(kind, path, { threads: 1 })),
    ...['-filter_complex', `${chains.join(';')};${parts}concat=n=${inputs.length}:v=0:a=1,${pace}[speech]`, '-map', '[speech]'],
    ...wavOutput(output),
  ];
}

export function buildLevelArgs({ input, gainDb, output }: { input: string; gainDb: number; output: string }): string[] {
  const ceiling = (10 ** (level.ceilingDb / 20)).toFixed(6);
  const limit = `aresample=192000,alimiter=limit=${ceiling}:attack=3:release=50:level=disabled:latency=1,aresample=48000`;
  return [
    ...buildInputArgs('wav', input, { threads: 1 }),
    ...['-map', '0:a:0', '-af', `volume=${gainDb.toFixed(2)}dB:precision=float,${limit}`],
    ...wavOutput(output),
  ];
}
