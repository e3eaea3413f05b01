import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Voice } from '@polyreel/core';
import { runProcess } from '@polyreel/media';
import type { SpeechTools } from './speech-tools.ts';

/** Paces that a program keeps well by itself; what lies beyond is left to a filter that keeps the pitch. */
const paceRange = { min: 0.5, max: 2 } as const;
const TIMEOUT_MS = 60 * 60 * 1000;
const MEMORY_BYTES = 2 * 1024 * 1024 * 1024;

export interface SpeakOptions {
  readonly text: string;
  readonly voice: Voice;
  readonly speedRatio: number;
  readonly scratchDir: string;
  readonly signal: AbortSignal;
}

/** WAV files in the order in which they are heard, and the pace that is still to be made up for. */
export interface Spoken {
  readonly files: readonly string[];
  readonly tempo: number;
}

/** The text goes in by a file: no program ever sees it among its arguments. */
export async function speakByProgram(tools: SpeechTools, options: SpeakOptions): Promise<Spoken> {
  const { voice, scratchDir, signal } = options;
  const pace = Math.min(paceRange.max, Math.max(paceRange.min, options.speedRatio));
  const [textFile, output] = [join(scratchDir, 'speech.txt'), join(scratchDir, 'speech-raw.wav')];
  const isFlite = voice.engine.program === 'flite';
  await writeFile(textFile, `${isFlite ? toAscii(options.text) : plainText(options.text)}\n`, { signal });
  await runProcess({
    command: isFlite ? tools.flitePath : tools.espeakPath,
    args: buildSpeakArgs(voice, { pace, textFile, output }),
    signal,
    timeoutMs: TIMEOUT_MS,
    maxMemoryBytes: MEMORY_BYTES,
  });
  return { files: [output], tempo: options.speedRatio / pace };
}

export function buildSpeakArgs(
  voice: Voice,
  { pace, textFile, output }: { pace: number; textFile: string; output: string },
): string[] {
  const { engine } = voice;
  if (engine.program === 'flite')
    return ['-voice', engine.voice, '--setf', `duration_stretch=${(1 / pace).toFixed(4)}`, '-f', textFile, '-o', output];
  return [
    '-v',
    engine.voice,
    '-s',
    String(Math.max(80, Math.round(engine.wordsPerMinute * pace))),
    '-b',
    '1',
    '-f',
    textFile,
    '-w',
    output,
  ];
}

/** Control characters are no speech; one of them would end a program's reading. */
export const plainText = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]+/gu, ' ').trim();

/** What flite can read: letters without their marks, typographic signs as plain ones. */
export const toAscii = (text: string): string =>
  plainText(text)
    .replace(/[‘’‛′]/g, "'")
    .replace(/[“”„″«»]/g, '"')
    .replace(/\s*[–—―]\s*/g, ', ')
    .replaceAll('…', '. ')
    .normalize('NFKD')
    .replace(/[^\x20-\x7e]+/g, '')
    .trim();
