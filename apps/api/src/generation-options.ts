import type { GenerationTask, TimelineSource } from '@polyreel/media/timeline';

type Generation = Extract<TimelineSource['origin'], { type: 'generation' }>;
type Kind = 'text' | 'number' | 'any';

/** Read elsewhere, or by whoever chose the task. */
const always = { seed: 'any', task: 'any', inputSrc: 'text' } as const;
const negatives = { negativePrompt: 'text', negative_prompt: 'text' } as const;
const shape = { width: 'number', height: 'number', aspectRatio: 'text' } as const;

const known: Readonly<Record<GenerationTask, Readonly<Record<string, Kind>>>> = {
  'text-to-video': { ...always, ...negatives, ...shape, duration: 'number' },
  'image-to-video': { ...always, ...negatives, ...shape, duration: 'number' },
  'text-to-image': { ...always, ...negatives, ...shape },
  'text-to-music': { ...always, duration: 'number', bpm: 'number', keyscale: 'text', lyrics: 'text' },
  'text-to-sfx': { ...always, ...negatives, duration: 'number' },
  'text-to-speech': { ...always, voice: 'text', language: 'text', newscaster: 'any' },
  transcription: always,
};

export interface OptionFaults {
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * What is wrong with the options of a generation. A value that cannot be read is an error, so that nothing is made by a default that nobody
 * asked for. A name that means nothing here is a warning: edits written for other makers' models hold theirs. Null counts as absent.
 */
export const optionFaults = ({ task, options }: Pick<Generation, 'task' | 'options'>): OptionFaults => {
  const kinds = known[task];
  const given = Object.entries(options).filter(([, value]) => value !== null && value !== undefined);
  const errors = given.flatMap(([name, value]) => {
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === 'text' && typeof value !== 'string') return [`options.${name} must be text`];
    if (kind === 'number' && typeof value !== 'number') return [`options.${name} must be a number`];
    const read = name === 'keyscale' || name === 'aspectRatio' ? forms[name] : undefined;
    return kind !== undefined && typeof value === 'string' && read?.isRight(value) === false
      ? [`options.${name} ${JSON.stringify(value.slice(0, 40))} ${read.says}`]
      : [];
  });
  const unknown = given.map(([name]) => name).filter((name) => !Object.hasOwn(kinds, name));
  const names = unknown.slice(0, 20).map((name) => `options.${name.slice(0, 40)}`);
  const read = Object.keys(kinds).join(', ');
  return {
    errors,
    warnings:
      names.length === 0
        ? []
        : [`${names.join(', ')} ${names.length === 1 ? 'means' : 'mean'} nothing to ${task} here, which reads ${read}`],
  };
};

const forms = {
  keyscale: {
    isRight: (value: string) => value.trim() === '' || /^\s*[a-g][#b]?\s+(major|minor)\s*$/i.test(value),
    says: 'is not a known key such as "Eb minor"',
  },
  /** `auto` is other makers' word for the film's own. */
  aspectRatio: {
    isRight: (value: string) => /^\s*(auto)?\s*$/i.test(value) || /^[1-9]\d?:[1-9]\d?$/.test(value),
    says: 'is not a ratio such as "16:9"',
  },
} as const;
