import { z } from 'zod';
import { type RunnerTaskType, runnerKinds, runnerNames, runnerTaskTypes } from './tasks.ts';

/** One thing a worker can do. Rows of `workers` hold lists of these; a submission sees the union of the last 15 minutes. */
export const capabilitySchema = z.object({
  runner: z.enum(runnerNames),
  kind: z.enum(runnerKinds),
  task: z.enum(runnerTaskTypes),
  /** Catalog key of the model, or `*` for a runner that stands in for all of them. */
  model: z.string(),
  /** Longest clip of one run; absent: no limit. */
  maxFrames: z.int().positive().optional(),
});
export type Capability = z.infer<typeof capabilitySchema>;

/** A model as the catalog knows it, whoever runs it. */
export interface ModelEntry {
  readonly key: string;
  readonly label: string;
  readonly tasks: readonly RunnerTaskType[];
  readonly frameRate: { readonly numerator: number; readonly denominator: number };
  /** Expected seconds for one second of film or sound, or for one picture, by resource; only weighs progress and sets deadlines. */
  readonly secondsPerFilmSecond: { readonly gpu: number; readonly cpu: number };
}

/** Models in the order in which surfaces list them; the first is the default. */
export const modelCatalog: readonly ModelEntry[] = [
  {
    key: 'wan22',
    label: 'Wan 2.2',
    tasks: ['text-to-video', 'image-to-video', 'first-last-frame'],
    frameRate: { numerator: 16, denominator: 1 },
    secondsPerFilmSecond: { gpu: 20, cpu: 1 },
  },
  {
    key: 'wan22-s2v',
    label: 'Wan 2.2 S2V',
    tasks: ['talking-head'],
    frameRate: { numerator: 16, denominator: 1 },
    secondsPerFilmSecond: { gpu: 25, cpu: 1 },
  },
  {
    key: 'sound-effects',
    label: 'Sound effects',
    tasks: ['sound-effect'],
    frameRate: { numerator: 16, denominator: 1 },
    secondsPerFilmSecond: { gpu: 1, cpu: 0.1 },
  },
  {
    key: 'ace-step',
    label: 'ACE-Step 1.5',
    tasks: ['music'],
    frameRate: { numerator: 16, denominator: 1 },
    secondsPerFilmSecond: { gpu: 1, cpu: 0.1 },
  },
  {
    key: 'speech',
    label: 'Speech',
    tasks: ['speech'],
    frameRate: { numerator: 16, denominator: 1 },
    secondsPerFilmSecond: { gpu: 0.2, cpu: 0.1 },
  },
  {
    key: 'z-image-turbo',
    label: 'Z-Image Turbo',
    tasks: ['image'],
    frameRate: { numerator: 16, denominator: 1 },
    secondsPerFilmSecond: { gpu: 5, cpu: 2 },
  },
  {
    key: 'vectoriser',
    label: 'Vectoriser',
    tasks: ['vectorise'],
    frameRate: { numerator: 16, denominator: 1 },
    secondsPerFilmSecond: { gpu: 2, cpu: 2 },
  },
  {
    key: 'upscaler',
    label: 'Upscaler',
    tasks: ['upscale-image', 'upscale-video'],
    frameRate: { numerator: 16, denominator: 1 },
    secondsPerFilmSecond: { gpu: 2, cpu: 20 },
  },
  {
    key: 'interpolator',
    label: 'Frame interpolation',
    tasks: ['interpolate'],
    frameRate: { numerator: 16, denominator: 1 },
    secondsPerFilmSecond: { gpu: 1, cpu: 4 },
  },
  {
    key: 'cut-out',
    label: 'Cut-out',
    tasks: ['cut-out-image', 'cut-out-video'],
    frameRate: { numerator: 16, denominator: 1 },
    secondsPerFilmSecond: { gpu: 2, cpu: 20 },
  },
];

/** What may be planned now. */
export interface Catalog {
  readonly models: readonly ModelEntry[];
  readonly capabilities: readonly Capability[];
}
