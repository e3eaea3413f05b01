import { isStorableText } from '../shared/storable-text.ts';
import type { ReceivedForm } from './receive.ts';
import type { ModelName } from './schemas.ts';

export const personPolicies = ['allow_adult', 'allow_all', 'deny'] as const;
export type PersonPolicy = (typeof personPolicies)[number];

export interface WanOptions {
  readonly model: 'wan2.1';
  readonly negativePrompt: string;
  readonly cfg: number;
  readonly width: number;
  readonly height: number;
  /** Frames. */
  readonly length: number;
  readonly steps: number;
  /** Null: any. */
  readonly seed: number | null;
}

export interface VeoOptions {
  readonly model: 'veo3.1';
  readonly durationSeconds: number;
  readonly resolution: '720p' | '1080p';
  /** Null: as the image. */
  readonly aspectRatio: '16:9' | '9:16' | null;
  /** Empty: none. */
  readonly cameraMotion: string;
  readonly subjectAnimation: string;
  readonly environmentalAnimation: string;
  readonly personGeneration: PersonPolicy;
  readonly generateAudio: boolean;
  readonly enhancePrompt: boolean;
}

export type ModelOptions = WanOptions | VeoOptions;

const textLengthMax = 2000;
const motionLengthMax = 500;
export const promptLengthMax = 5000;

/**
 * Reads the fields of one model; those of the other and unknown ones are not looked at. An empty field counts as not sent. `faults`
 * names every bad field; `options` may be used only where there is none.
 */
export function readOptions(
  model: ModelName,
  texts: ReceivedForm['texts'],
): { options: ModelOptions; faults: readonly string[] } {
  const faults: string[] = [];
  const reader = createReader(texts, faults);
  return { options: model === 'wan2.1' ? readWan(reader) : readVeo(reader), faults };
}

function readWan(read: Reader): WanOptions {
  const evenSide = 'must be an even integer between 128 and 1920';
  return {
    model: 'wan2.1',
    negativePrompt: read.text('negative_prompt', '', textLengthMax),
    cfg: read.number('cfg', 7.5, { rule: 'must be between 1.0 and 20.0', isValid: (value) => value >= 1 && value <= 20 }),
    width: read.integer('width', 1280, { rule: evenSide, isValid: isEvenSide }),
    height: read.integer('height', 720, { rule: evenSide, isValid: isEvenSide }),
    length: read.integer('length', 81, {
      rule: 'must be an integer between 1 and 241',
      isValid: (value) => value >= 1 && value <= 241,
    }),
    steps: read.integer('steps', 30, {
      rule: 'must be an integer between 1 and 100',
      isValid: (value) => value >= 1 && value <= 100,
    }),
    seed: asSeed(
      read.integer('seed', 42, {
        rule: 'must be -1 or an integer between 0 and 4294967295',
        isValid: (value) => value >= -1 && value < 2 ** 32,
      }),
    ),
  };
}

const isEvenSide = (value: number): boolean => value >= 128 && value <= 1920 && value % 2 === 0;
const asSeed = (value: number): number | null => (value === -1 ? null : value);

function readVeo(read: Reader): VeoOptions {
  return {
    model: 'veo3.1',
    durationSeconds: read.integer('duration_seconds', 4, {
      rule: 'must be 4, 6, or 8',
      isValid: (value) => [4, 6, 8].includes(value),
    }),
    resolution: read.choice('resolution', { '720p': '720p', '1080p': '1080p' }, '720p', 'must be 720p or 1080p'),
    aspectRatio: read.choice<'16:9' | '9:16' | null>(
      'aspect_ratio',
      { '16:9': '16:9', '9:16': '9:16' },
      null,
      'must be 16:9 or 9:16',
    ),
    cameraMotion: readMotion(read, 'camera_motion'),
    subjectAnimation: readMotion(read, 'subject_animation'),
    environmentalAnimation: readMotion(read, 'environmental_animation'),
    personGeneration: read.choice(
      'person_generation',
      // The real service's own word for `deny`.
      { allow_adult: 'allow_adult', allow_all: 'allow_all', deny: 'deny', dont_allow: 'deny' },
      'allow_adult',
      'must be allow_adult, allow_all, or deny',
    ),
    generateAudio: read.boolean('generate_audio'),
    enhancePrompt: read.boolean('enhance_prompt'),
  };
}

/** The word `None` means none, in any case. */
function readMotion(read: Reader, name: string): string {
  const text = read.text(name, '', motionLengthMax).trim();
  return /^none$/i.test(text) ? '' : text;
}

interface Rule {
  readonly rule: string;
  isValid(value: number): boolean;
}

interface Reader {
  text(name: string, fallback: string, lengthMax: number): string;
  integer(name: string, fallback: number, rule: Rule): number;
  number(name: string, fallback: number, rule: Rule): number;
  boolean(name: string): boolean;
  choice<T>(name: string, values: Readonly<Record<string, T>>, fallback: T, rule: string): T;
}

const booleans: Readonly<Record<string, boolean>> = {
  ...{ true: true, '1': true, yes: true, on: true },
  ...{ false: false, '0': false, no: false, off: false },
};

function createReader(texts: ReceivedForm['texts'], faults: string[]): Reader {
  const sole = (name: string): string | null => {
    const [value = '', ...more] = texts.get(name) ?? [];
    if (more.length > 0) faults.push(`${name} must be given once`);
    return more.length > 0 || value.trim() === '' ? null : value;
  };
  const numeric = (pattern: RegExp) => (name: string, fallback: number, rule: Rule) => {
    const text = sole(name)?.trim();
    if (text === undefined) return fallback;
    const value = pattern.test(text) ? Number(text) : Number.NaN;
    if (Number.isFinite(value) && rule.isValid(value)) return value;
    faults.push(`${name} ${rule.rule}`);
    return fallback;
  };
  const choice: Reader['choice'] = (name, values, fallback, rule) => {
    const text = sole(name)?.trim();
    if (text === undefined) return fallback;
    const value = Object.hasOwn(values, text) ? values[text] : undefined;
    if (value !== undefined) return value;
    faults.push(`${name} ${rule}`);
    return fallback;
  };
  return {
    text(name, fallback, lengthMax) {
      const text = sole(name);
      const fault = text === null ? null : textFault(text, lengthMax);
      if (fault !== null) faults.push(`${name} ${fault}`);
      return text ?? fallback;
    },
    integer: numeric(/^[+-]?\d{1,15}$/),
    number: numeric(/^[+-]?(\d{1,15}(\.\d{0,15})?|\.\d{1,15})(e[+-]?\d{1,3})?$/i),
    boolean(name) {
      const text = sole(name)?.trim().toLowerCase();
      if (text === undefined) return false;
      const value = Object.hasOwn(booleans, text) ? booleans[text] : undefined;
      if (value === undefined) faults.push(`${name} must be true or false`);
      return value ?? false;
    },
    choice,
  };
}

export function textFault(text: string, lengthMax: number): string | null {
  if (!isStorableText(text)) return 'must not contain NUL characters';
  return [...text].length > lengthMax ? `must have at most ${lengthMax} characters` : null;
}
