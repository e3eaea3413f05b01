import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type RunnerTaskOf, StepError } from '@polyreel/core';
import type { RunContext, RunResult, RunWarning } from '../../../runner.ts';
import { abortedError, toStepError } from '../run-errors.ts';
import { readLyrics } from './lyrics.ts';
import type { MusicReply, MusicWork } from './music-worker.ts';
import { parseKey } from './theory.ts';

/**
 * Composes a piece in the asked key and tempo, its instruments, density and mood by the tags, and plays it to exactly the asked length:
 * WAV, 48 kHz, stereo. Lyrics are sung on their vowels, and a warning says so. Equal tasks give equal samples.
 */
export async function music(task: RunnerTaskOf<'music'>, context: RunContext): Promise<RunResult> {
  parseKey(task.keyscale);
  const { type: _type, model: _model, ...work } = task;
  const wav = await makeInThread(work, context);
  const path = join(context.scratchDir, 'music.wav');
  await writeFile(path, wav, { signal: context.signal }).catch((error: unknown) => {
    throw toStepError(error, context.signal);
  });
  context.onProgress(1);
  return { path, mediaType: 'audio/wav', warnings: warningsOf(task) };
}

const warningsOf = ({ lyrics }: RunnerTaskOf<'music'>): RunWarning[] =>
  readLyrics(lyrics).length === 0 ? [] : [{ code: 'lyrics-without-words', details: { task: 'music' } }];

async function makeInThread(work: MusicWork, { signal, onProgress }: RunContext): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const worker = new Worker(new URL('./music-worker.ts', import.meta.url), { workerData: work });
  const fail = (cause: unknown) =>
    reject(new StepError({ code: 'music_failed', publicMessage: 'The music could not be made', permanent: false, cause }));
  const onAbort = () => reject(abortedError(signal));
  worker.on('message', (reply: MusicReply) => {
    if ('wav' in reply) resolve(reply.wav);
    else onProgress(reply.progress * 0.98);
  });
  worker.on('error', fail);
  worker.on('exit', (code) => fail(new Error(`the music thread ended with ${code}`)));
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
    await worker.terminate();
  }
}
