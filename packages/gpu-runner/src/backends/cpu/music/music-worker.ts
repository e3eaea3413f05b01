import { parentPort, workerData } from 'node:worker_threads';
import { sampleRate } from '../sound/dsp.ts';
import { toWav } from '../sound/wav.ts';
import { compose } from './compose.ts';
import { readLyrics } from './lyrics.ts';
import { render } from './render.ts';
import { sing } from './sing.ts';

/** What the thread is started with. */
export interface MusicWork {
  readonly tags: string;
  readonly lyrics: string;
  readonly bpm: number;
  readonly keyscale: string;
  readonly durationSeconds: number;
  readonly seed: number;
}
export type MusicReply = { readonly progress: number } | { readonly wav: Uint8Array };

/** Composes and plays; a thread, because seconds of arithmetic would hold everything else up. */
function makeMusic(work: MusicWork, onProgress: (ratio: number) => void): Uint8Array {
  const lines = readLyrics(work.lyrics);
  const score = compose({ ...work, seconds: work.durationSeconds, isSung: lines.length > 0 });
  const length = Math.max(1, Math.round(work.durationSeconds * sampleRate));
  const { left, right } = render(score, {
    ...{ length, seed: work.seed, onProgress },
    ...(lines.length > 0 && { sing: (samples: number) => sing(score, lines, samples, work.seed) }),
  });
  return toWav([left, right]);
}

if (parentPort) {
  const port = parentPort;
  const work: MusicWork = workerData;
  const wav = makeMusic(work, (progress) => port.postMessage({ progress } satisfies MusicReply));
  port.postMessage({ wav } satisfies MusicReply);
}
