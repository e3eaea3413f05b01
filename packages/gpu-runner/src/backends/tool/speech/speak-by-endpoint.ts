import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { StepError } from '@polyreel/core';
import { plainText, type SpeakOptions, type Spoken } from './speak-by-program.ts';
import type { SpeechEndpoint } from './speech-tools.ts';

/** What such endpoints take in one request. */
const textLengthMax = 4000;
const answerBytesMax = 512 * 1024 * 1024;
const TIMEOUT_MS = 10 * 60 * 1000;

/** Long texts go in parts, cut between sentences. */
export async function speakByEndpoint(endpoint: SpeechEndpoint, options: SpeakOptions): Promise<Spoken> {
  const files: string[] = [];
  for (const [index, part] of splitText(plainText(options.text), textLengthMax).entries()) {
    const file = join(options.scratchDir, `speech-raw-${index}.wav`);
    await askEndpoint(endpoint, { ...options, text: part }, file);
    files.push(file);
  }
  return { files, tempo: 1 };
}

async function askEndpoint(
  endpoint: SpeechEndpoint,
  { text, voice, speedRatio, signal }: SpeakOptions,
  file: string,
): Promise<void> {
  const response = await fetch(`${endpoint.baseUrl}/audio/speech`, {
    method: 'POST',
    redirect: 'error',
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    headers: {
      'content-type': 'application/json',
      ...(endpoint.apiKey !== null && { authorization: `Bearer ${endpoint.apiKey}` }),
    },
    body: JSON.stringify({
      ...{ model: endpoint.model, input: text, voice: endpoint.voices[voice.gender] },
      ...{ response_format: 'wav', speed: speedRatio },
    }),
  }).catch((cause: unknown) => {
    throw unavailable(false, cause);
  });
  if (!response.ok || !response.body) {
    await response.body?.cancel();
    // Busy or broken may pass; a refusal will be repeated.
    const isPassing = response.status >= 500 || [408, 425, 429].includes(response.status);
    throw unavailable(!isPassing, new Error(`the speech endpoint answered ${response.status}`));
  }
  try {
    await pipeline(Readable.fromWeb(response.body), atMost(answerBytesMax), createWriteStream(file), { signal });
  } catch (cause) {
    throw unavailable(false, cause);
  }
}

const unavailable = (permanent: boolean, cause: unknown): StepError =>
  new StepError({ code: 'speech_endpoint', publicMessage: 'The speech endpoint gave no sound', permanent, cause });

function atMost(bytesMax: number): Transform {
  let size = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size > bytesMax) done(new Error(`more than ${bytesMax} bytes`));
      else done(null, chunk);
    },
  });
}

/** Parts of at most `lengthMax` characters: cut after a sentence, else between words, else anywhere. */
export function splitText(text: string, lengthMax: number): string[] {
  const parts: string[] = [];
  let rest = text;
  while (rest.length > lengthMax) {
    const window = rest.slice(0, lengthMax);
    const sentence = Math.max(
      ...[...window.matchAll(/[.!?。！？]["')\]]*(?=\s)|\n/g)].map((match) => match.index + match[0].length),
      0,
    );
    const end = sentence > lengthMax / 3 ? sentence : window.lastIndexOf(' ') > 0 ? window.lastIndexOf(' ') : lengthMax;
    parts.push(rest.slice(0, end).trim());
    rest = rest.slice(end).trim();
  }
  return [...parts, rest].filter((part) => part !== '');
}
