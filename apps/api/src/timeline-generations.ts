import {
  type Canvas,
  type Catalog,
  chooseVoice,
  findVoice,
  type ModelEntry,
  type RunnerTaskType,
  type TimelineGeneration,
  type Voice,
  voiceCatalog,
} from '@polyreel/core';
import { listTimelineSources, type GenerationTask, type TimelineDocument, type TimelineSource } from '@polyreel/media/timeline';
import type { TimelineIssue, WantedGeneration, WantedGenerations } from '@polyreel/surfaces';
import { optionFaults } from './generation-options.ts';

/** Who does what the language calls by another name; nobody turns sound into words here yet. */
const coreTasks: Readonly<Record<GenerationTask, RunnerTaskType | null>> = {
  'text-to-video': 'text-to-video',
  'image-to-video': 'image-to-video',
  'text-to-image': 'image',
  'text-to-speech': 'speech',
  'text-to-music': 'music',
  'text-to-sfx': 'sound-effect',
  transcription: null,
};

export type ModelNames = ReadonlyMap<string, string>;

const modelsOf = (task: GenerationTask, { models, capabilities }: Catalog): ModelEntry[] => {
  const wanted = coreTasks[task];
  if (wanted === null) return [];
  return models.filter(
    ({ key, tasks }) =>
      tasks.includes(wanted) && capabilities.some(({ task: able, model }) => able === wanted && (model === '*' || model === key)),
  );
};

/** Names that may stand for a model of a task: this server's own and those of others that it knows. Null: nobody can do it now. */
export const namesFor = (task: GenerationTask, catalog: Catalog, names: ModelNames): string[] | null => {
  const own = modelsOf(task, catalog).map(({ key }) => key);
  if (own.length === 0) return null;
  return [...own, ...[...names].flatMap(([name, model]) => (own.includes(model) ? [name] : []))];
};

type Origin = Extract<TimelineSource['origin'], { type: 'generation' }>;

interface Asking {
  readonly origin: Origin;
  readonly place: string;
  readonly canvas: Canvas | null;
  readonly model: ModelEntry;
  readonly warn: (code: string, message: string) => void;
  readonly refuse: (code: string, message: string) => void;
}

/** What a checked document asks for, in the engine's words. */
export const wantedGenerations = (
  document: TimelineDocument,
  { canvas, catalog, names }: { canvas: Canvas | null; catalog: Catalog; names: ModelNames },
): WantedGenerations => {
  const errors: TimelineIssue[] = [];
  const warnings: TimelineIssue[] = [];
  const wanted = listTimelineSources(document).flatMap(({ id, path: place, origin }): WantedGeneration[] => {
    if (origin.type !== 'generation') return [];
    const models = modelsOf(origin.task, catalog);
    const key = origin.model === null ? models[0]?.key : (names.get(origin.model) ?? origin.model);
    const model = models.find((one) => one.key === key);
    const refuse = (code: string, message: string): void => void errors.push({ path: place, code, message });
    const warn = (code: string, message: string): void => void warnings.push({ path: place, code, message });
    if (model === undefined) {
      refuse('unsupported_asset', `${origin.task} is not available on this server`);
      return [];
    }
    if (origin.model !== null && origin.model !== model.key)
      warn('model_mapped', `${origin.model} is not on this server: ${model.key} makes it`);
    const able = catalog.capabilities.filter(({ task }) => task === coreTasks[origin.task]);
    if (able.length > 0 && able.every(({ kind }) => kind === 'reference'))
      warn('reference_renderer', 'made by the CPU reference renderer, not by a generative model');
    const faults = optionFaults(origin);
    for (const message of faults.errors) refuse('invalid_value', message);
    for (const message of faults.warnings) warn('ignored_option', message);
    const task = taskOf({ origin, place, canvas, model, warn, refuse });
    return [{ source: id, generation: { place, task }, inputSrc: origin.inputSrc, inputHeaders: origin.inputHeaders }];
  });
  return { errors, warnings, wanted };
};

const taskOf = (asking: Asking): TimelineGeneration['task'] => {
  const { origin, model } = asking;
  const { prompt, task } = origin;
  const negativePrompt = textOption(origin, 'negativePrompt') ?? textOption(origin, 'negative_prompt') ?? '';
  const made = { model: model.key, prompt, negativePrompt, seed: seedOf(asking) };
  switch (task) {
    case 'text-to-video':
    case 'image-to-video': {
      const rate = model.frameRate.numerator / model.frameRate.denominator;
      const frameCount = Math.max(1, Math.ceil(secondsOf(asking, clipSeconds) * rate));
      return { type: 'clip', ...made, canvas: canvasFor(asking, clipPixels), frameRate: model.frameRate, frameCount };
    }
    case 'text-to-image':
      return { type: 'image', ...made, canvas: canvasFor(asking, picturePixels) };
    case 'text-to-music': {
      const bpm = Math.round(numberOption(origin, 'bpm') ?? 100);
      if (bpm < 10 || bpm > 300) asking.refuse('too_large', `options.bpm ${bpm} is not from 10 to 300`);
      return {
        ...{ type: 'music', model: model.key, tags: prompt, lyrics: textOption(origin, 'lyrics') ?? '', bpm, seed: made.seed },
        keyscale: textOption(origin, 'keyscale') ?? 'C major',
        durationSeconds: secondsOf(asking, musicSeconds),
      };
    }
    case 'text-to-sfx':
      return { type: 'sound-effect', ...made, durationSeconds: secondsOf(asking, effectSeconds) };
    case 'text-to-speech':
    case 'transcription':
      return { type: 'speech', model: model.key, text: prompt, voice: voiceFor(asking).key, speedRatio: 1 };
  }
};

const clipSeconds = { usual: 5, most: 300 };
const musicSeconds = { usual: 30, most: 600 };
const effectSeconds = { usual: 5, most: 600 };

/** The clip's own length, else what `options.duration` asks for, else the usual one. */
const secondsOf = ({ origin, refuse }: Asking, { usual, most }: { usual: number; most: number }): number => {
  const seconds = origin.seconds ?? numberOption(origin, 'duration') ?? usual;
  if (seconds > 0 && seconds <= most) return seconds;
  refuse('too_large', `${seconds} s cannot be generated in one piece: more than 0 and at most ${most}`);
  return usual;
};

const clipPixels = 832 * 480;
const picturePixels = 1024 * 1024;
const defaultCanvas: Canvas = { width: 1280, height: 720 };
const gridPixels = 16;
const sideMax = 4096;

/** The shape that is asked for, else the film's, at the size that models make. */
const canvasFor = ({ origin, canvas, refuse }: Asking, pixels: number): Canvas => {
  const [width, height] = [numberOption(origin, 'width'), numberOption(origin, 'height')];
  const ratio = /^(\d{1,2}):(\d{1,2})$/.exec(textOption(origin, 'aspectRatio') ?? '');
  const film = canvas ?? defaultCanvas;
  const shape =
    width !== undefined && height !== undefined
      ? { width, height }
      : ratio !== null && Number(ratio[1]) > 0 && Number(ratio[2]) > 0
        ? { width: Number(ratio[1]) * 1000, height: Number(ratio[2]) * 1000 }
        : { width: width ?? film.width, height: height ?? film.height };
  if (!(shape.width > 0 && shape.height > 0)) {
    refuse('too_large', `${shape.width} x ${shape.height} is no size`);
    return defaultCanvas;
  }
  const scale = Math.min(1, Math.sqrt(pixels / (shape.width * shape.height)));
  const side = (length: number): number =>
    Math.min(sideMax, Math.max(4 * gridPixels, Math.round((length * scale) / gridPixels) * gridPixels));
  return { width: side(shape.width), height: side(shape.height) };
};

const seedOf = ({ origin, refuse }: Asking): number => {
  const seed = origin.options.seed;
  if (seed === undefined) return 0;
  if (typeof seed === 'number' && Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32) return seed;
  refuse('too_large', 'options.seed is a whole number from 0 to 4294967295');
  return 0;
};

/** Names of women's voices that edits of other renderers hold; all others there are men's. */
const womensNames = new Set(
  'amy aria ayanda emma gabrielle hala ivy joanna kajal kendra kimberly lea lucia mia nicole olivia raveena ruth salli vicki'.split(
    ' ',
  ),
);

const voiceFor = ({ origin, warn }: Asking): Voice => {
  const wish = textOption(origin, 'voice');
  const languageCode = textOption(origin, 'language');
  const own = wish === undefined ? undefined : (findVoice(wish) ?? voiceCatalog.find((voice) => voice.label === wish));
  if (own !== undefined) return own;
  const gender = wish === undefined ? undefined : womensNames.has(wish.toLowerCase()) ? 'female' : 'male';
  const chosen = chooseVoice({ ...(languageCode !== undefined && { languageCode }), ...(gender !== undefined && { gender }) });
  const [first] = voiceCatalog;
  const voice = chosen ?? first;
  if (voice === undefined) throw new Error('the catalog of voices is empty');
  if (wish !== undefined) warn('voice_mapped', `there is no voice ${JSON.stringify(wish)} here: ${voice.key} speaks`);
  else if (chosen === undefined) warn('voice_mapped', `no voice here speaks ${languageCode}: ${voice.key} does`);
  return voice;
};

const textOption = ({ options }: Origin, name: string): string | undefined => {
  const value = options[name];
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
};

const numberOption = ({ options }: Origin, name: string): number | undefined => {
  const value = options[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
};
