import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { type Voice, voiceCatalog } from '@polyreel/core';
import { measureAudio, measureLoudness, probe } from '@polyreel/media';
import { makeAudio } from '@polyreel/media/fixtures';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createToolRunner } from '../index.ts';
import { heardShare, installRecogniser, recognise } from './recogniser.ts';
import { splitText } from './speak-by-endpoint.ts';
import { buildSpeakArgs, toAscii } from './speak-by-program.ts';
import { findSpeech, type SpeechTools } from './speech-tools.ts';

const media = { ffmpegPath: process.env.FFMPEG_PATH ?? 'ffmpeg', ffprobePath: process.env.FFPROBE_PATH ?? 'ffprobe' };
const programs: SpeechTools = {
  flitePath: process.env.FLITE_PATH ?? 'flite',
  espeakPath: process.env.ESPEAK_NG_PATH ?? 'espeak-ng',
  endpoint: null,
};
const never = () => new AbortController().signal;
let folder: string;
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'polyreel-speech-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function speak(
  text: string,
  {
    voice = 'en-us-female',
    speedRatio = 1,
    tools = programs,
    signal = never(),
  }: { voice?: string; speedRatio?: number; tools?: SpeechTools | null; signal?: AbortSignal } = {},
) {
  const runner = createToolRunner({ ...media, speech: tools });
  count += 1;
  const scratchDir = path.join(folder, String(count));
  await mkdir(scratchDir);
  const made = await runner.run(
    { type: 'speech', model: 'speech', text, voice, speedRatio },
    { inputs: {}, scratchDir, signal, onProgress: () => undefined },
  );
  const { seconds } = await measureAudio(media, made.path, { signal });
  return { ...made, seconds };
}

const sentences = [
  'The weather in the mountains was cold and clear this morning.',
  'Please close the window before you leave the office.',
  'The children played football in the garden after school.',
  'A large ship sailed slowly across the ocean at night.',
  'Our company will open a new store in the city next year.',
  'She bought fresh bread and butter from the little market.',
  'The train to the airport leaves every thirty minutes.',
  'Doctors say that people should drink water and sleep well.',
  'He wrote a long letter to his mother about the winter.',
  'The government announced a plan to build more houses.',
];

describe('speech', () => {
  it.for(inject('testScale') < 0.5 ? ['en-us-female'] : ['en-us-female', 'en-us-male', 'en-gb-scotland-male'])(
    'of ten English sentences by %s is recognised: at least 60 of 100 content words',
    async (voice, { skip }) => {
      const isThere = await installRecogniser();
      if (!isThere && inject('requireAll')) throw new Error('Python with pip is missing');
      if (!isThere) skip('Python with pip is missing');
      const files: string[] = [];
      for (const sentence of sentences) files.push((await speak(sentence, { voice })).path);
      const heard = await recognise(media, files);
      const shares = sentences.map((sentence, index) => heardShare(sentence, heard[index] ?? ''));
      expect(shares.reduce((sum, share) => sum + share, 0) / shares.length, heard.join('\n')).toBeGreaterThanOrEqual(0.6);
    },
  );

  const others = voiceCatalog.filter(({ languageCode }) => !languageCode.startsWith('en-'));
  const step = Math.max(1, Math.round(others.length / Math.max(5, others.length * inject('testScale'))));
  const greetings: Readonly<Record<string, string>> = {
    el: 'Καλημέρα σας, τι κάνετε σήμερα;',
    ru: 'Доброе утро, как ваши дела?',
    uk: 'Доброго ранку, як ваші справи?',
    hi: 'नमस्ते, आप कैसे हैं?',
    zh: '你好，今天天气很好。',
    ko: '안녕하세요, 만나서 반갑습니다.',
    ar: 'صباح الخير، كيف حالك اليوم؟',
  };
  it.each(others.filter((_, index) => index % step === 0))(
    '$languageCode by $label sounds: long enough, loud enough, voiced',
    async (voice: Voice) => {
      const text = greetings[voice.languageCode.slice(0, 2)] ?? 'Bonjour, hola, guten Tag, buongiorno, olá, hej, dobrý den.';
      const made = await speak(text, { voice: voice.key });
      expect(made.seconds).toBeGreaterThan(1);
      expect(made.seconds).toBeLessThan(12);
      expect(await voicedShare(made.path)).toBeGreaterThan(0.3);
    },
  );

  it('is WAV of 48 kHz in mono at -16 LUFS, its peak under -1 dB', async () => {
    const { path: file, mediaType } = await speak(sentences.slice(0, 3).join(' '));
    expect(mediaType).toBe('audio/wav');
    expect((await probe(media, file, { signal: never() })).audio).toMatchObject({ sampleRate: 48_000, channels: 1 });
    const { integrated, truePeak } = await measureLoudness(media, file, { signal: never() });
    expect(Math.abs(integrated + 16)).toBeLessThan(1.5);
    expect(truePeak).toBeLessThan(-1);
  });

  it.each(['en-us-male', 'de-de-female'])('%s keeps every pace from a quarter to four times', async (voice) => {
    const one = (await speak('Ein Haus, two houses, three houses.', { voice })).seconds;
    for (const speedRatio of [0.25, 0.5, 2, 4]) {
      const { seconds } = await speak('Ein Haus, two houses, three houses.', { voice, speedRatio });
      expect(seconds * speedRatio, `at ${speedRatio}`).toBeGreaterThan(one * 0.7);
      expect(seconds * speedRatio, `at ${speedRatio}`).toBeLessThan(one * 1.35);
    }
  });

  it.each([
    ['an unknown voice', 'hello', { voice: 'nobody' }, 'unknown_voice'],
    ['nothing that can be read', ' ... \u0000 !? ', {}, 'speech_empty'],
    ['a script that the voice cannot read', '你好', {}, 'speech_empty'],
    ['a machine that cannot speak', 'hello', { tools: null }, 'speech_unavailable'],
  ])('refuses %s for good', async (_what, text, options, code) => {
    await expect(speak(text, options)).rejects.toMatchObject({ code, permanent: true });
  });

  it('takes text that looks like options, markup and quotes as text', async () => {
    const tricky = '-o /tmp/x "quoted" `id` $(id) <speak>two</speak> “don’t” – naïve… \u0007 end';
    expect((await speak(tricky)).seconds).toBeGreaterThan(1.5);
    expect((await speak(tricky, { voice: 'fr-fr-male' })).seconds).toBeGreaterThan(1.5);
    expect(toAscii('“don’t” – naïve…')).toBe('"don\'t", naive.');
  });

  it('stops when told', async () => {
    await expect(speak('x. '.repeat(20_000), { signal: AbortSignal.timeout(150) })).rejects.toMatchObject({ code: 'aborted' });
  });

  it('is declared only where something can speak', async () => {
    expect(createToolRunner(media).tasks.has('speech')).toBe(false);
    expect(createToolRunner({ ...media, speech: await findSpeech(programs) }).tasks.has('speech')).toBe(true);
    expect(await findSpeech({ ...programs, flitePath: '/nowhere/flite' })).toBeNull();
  });

  it('is these command lines, literally', () => {
    const args = (key: string) =>
      buildSpeakArgs(voiceCatalog.find((voice) => voice.key === key) ?? voiceCatalog[0] ?? missing(), {
        pace: 1.25,
        textFile: 't',
        output: 'o',
      }).join(' ');
    expect(args('en-us-female')).toBe('-voice slt --setf duration_stretch=0.8000 -f t -o o');
    expect(args('de-de-male')).toBe('-v de+m3 -s 188 -b 1 -f t -w o');
  });
});

const missing = (): Voice => {
  throw new Error('the catalog is empty');
};

/** Share of tenths of a second in which somebody speaks: louder than a tenth of the loudest, and with a pitch. */
async function voicedShare(file: string): Promise<number> {
  const bytes = (await readFile(file)).subarray(44);
  const size = 4800;
  const levels = Array.from({ length: Math.floor(bytes.length / 2 / size) }, (_, part) => {
    let [energy, crossings, before] = [0, 0, 0];
    for (let at = 0; at < size; at += 1) {
      const sample = bytes.readInt16LE((part * size + at) * 2);
      energy += sample * sample;
      if (sample < 0 !== before < 0) crossings += 1;
      before = sample;
    }
    // A voice crosses zero rarely, a hiss all the time.
    return crossings / size < 0.15 ? Math.sqrt(energy / size) : 0;
  });
  const loudest = Math.max(...levels);
  return levels.filter((level) => level > loudest / 10).length / levels.length;
}

describe('a speech endpoint', () => {
  it('takes the place of the programs: every part of a long text, in order, with key, model, voice and pace', async () => {
    const tone = await makeAudio(media, { path: path.join(folder, 'tone.wav'), kind: 'wav', seconds: 0.5 });
    const sound = await readFile(tone);
    const asked: unknown[] = [];
    const server = createServer(async (request, response) => {
      asked.push({ url: request.url, key: request.headers.authorization, body: JSON.parse(await readText(request)) });
      response.writeHead(200, { 'content-type': 'audio/wav' }).end(sound);
    });
    const tools = await listen(server);
    try {
      const sentence = 'A sentence of some length that says very little. ';
      const made = await speak(sentence.repeat(100), { tools, voice: 'fr-fr-male', speedRatio: 1.5 });
      expect(asked).toHaveLength(2);
      expect(asked[0]).toMatchObject({
        url: '/v1/audio/speech',
        key: 'Bearer secret',
        body: { model: 'tts', voice: 'onyx', speed: 1.5, response_format: 'wav' },
      });
      expect(made.seconds).toBeCloseTo(1, 1);
    } finally {
      server.close();
    }
  });

  it.each([
    [503, false],
    [429, false],
    [401, true],
  ])('that answers %i fails, for good: %s', async (status, permanent) => {
    const server = createServer((_request, response) => response.writeHead(status).end('{}'));
    const tools = await listen(server);
    await expect(speak('hello', { tools })).rejects.toMatchObject({ code: 'speech_endpoint', permanent });
    server.close();
  });

  it('that answers something else than sound fails for good', async () => {
    const server = createServer((_request, response) => response.writeHead(200).end('<html>'));
    const tools = await listen(server);
    await expect(speak('hello', { tools })).rejects.toMatchObject({ permanent: true });
    server.close();
  });

  it('gets parts cut between sentences, and no word is lost', () => {
    const text = Array.from({ length: 60 }, (_, index) => `Sentence number ${index} ends here.`).join(' ');
    const parts = splitText(text, 200);
    expect(parts.every((part) => part.length <= 200 && part.endsWith('.'))).toBe(true);
    expect(parts.join(' ')).toBe(text);
    expect(splitText('x'.repeat(450), 200)).toEqual(['x'.repeat(200), 'x'.repeat(200), 'x'.repeat(50)]);
  });
});

async function listen(server: ReturnType<typeof createServer>): Promise<SpeechTools> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const baseUrl = `http://127.0.0.1:${address.port}/v1`;
  return { ...programs, endpoint: { baseUrl, model: 'tts', apiKey: 'secret', voices: { female: 'nova', male: 'onyx' } } };
}
