import { z } from 'zod';
import { artifactSchema, audioFormats, warningSchema } from './job.ts';
import { fileCollections } from './ports/library.ts';
import { publishSpecSchema, visibleMarkSchema } from './publish.ts';
import { storySchema } from './story/story.ts';
import { canvasSchema, frameRateSchema, runnerNames, runnerTaskSchema, taskInputRoles } from './tasks.ts';

export const stepResources = ['gpu', 'cpu', 'io'] as const;
export type StepResource = (typeof stepResources)[number];

export const stepStates = ['blocked', 'due', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type StepState = (typeof stepStates)[number];

/** Where a step's input comes from: a file given by the caller, or what an earlier step made. */
export const inputRefSchema = z.union([
  z.object({ fileId: z.string() }),
  z.object({
    fromStep: z.string(),
    /** `whole`: the artifact itself; `last-frame`: its last frame as a picture. */
    take: z.enum(['whole', 'last-frame']),
  }),
]);
export type InputRef = z.infer<typeof inputRefSchema>;

export const runTaskParamsSchema = z.object({
  task: runnerTaskSchema,
  runner: z.enum(runnerNames),
  inputs: z.partialRecord(z.enum(taskInputRoles), inputRefSchema),
  /** Given: what the task makes is a result of the job, under this file name (without extension), with a thumbnail where it can be seen. */
  outputName: z.string().optional(),
  /** What the account had made from equal input before is taken, and what is made now is kept for the next time. */
  isReused: z.literal(true).optional(),
  /** Of a task that makes sound; absent: as the runner made it. */
  audioFormat: z.enum(audioFormats).optional(),
});

/** What a track is decides how it is heard among the others: voice before effects before music. */
export const filmTrackRoles = ['voice', 'effects', 'music'] as const;

/** One sound under a film, brought to the loudness of its role. */
export const filmTrackSchema = z.object({
  source: z.union([z.object({ fileId: z.string() }), z.object({ fromStep: z.string() })]),
  role: z.enum(filmTrackRoles),
  startSeconds: z.number().nonnegative(),
  /** Played for so long; absent: to its end. */
  seconds: z.number().positive().optional(),
  /** Louder or softer than its role is. */
  gainDb: z.number().min(-60).max(20).optional(),
  fadeInSeconds: z.number().nonnegative(),
  fadeOutSeconds: z.number().nonnegative(),
});
export type FilmTrack = z.infer<typeof filmTrackSchema>;

export const assembleFilmParamsSchema = z.object({
  clips: z.array(z.object({ fromStep: z.string(), skipFrames: z.int().nonnegative(), frameCount: z.int().positive() })).min(1),
  canvas: canvasSchema,
  frameRate: frameRateSchema,
  /** Another step publishes the film: it is no result of the job, and gets no thumbnail. */
  isUnpublished: z.literal(true).optional(),
  /** Joined sound; the film then lasts as long as it, within one frame. */
  audio: z
    .union([
      z.object({ fileId: z.string(), seconds: z.number().positive() }),
      z.object({ fromStep: z.string(), seconds: z.number().positive() }),
    ])
    .optional(),
  /** Mixed to the length of the film, at -16 LUFS; instead of `audio`. */
  tracks: z.array(filmTrackSchema).min(1).optional(),
  outputName: z.string(),
});

/** Marks, fingerprints and signs a film, in this order; the result is what the job gives away. */
export const publishFilmParamsSchema = z.object({
  film: z.object({ fromStep: z.string() }),
  publish: publishSpecSchema,
  /** Who made the picture, as people know them. */
  softwareAgents: z.array(z.string()),
  /** Pictures that the film was made from. */
  ingredients: z.array(z.object({ fileId: z.string(), label: z.string(), title: z.string() })),
  outputName: z.string(),
});

/** Draws a mark on the film or picture that a step made; the result is what the job gives away. */
export const drawMarkParamsSchema = z.object({
  source: z.object({ fromStep: z.string() }),
  visibleMark: visibleMarkSchema,
  outputName: z.string(),
});

export const joinSoundParamsSchema = z.object({
  video: z.object({ fromStep: z.string() }),
  /** A film or sound; one without sound leaves the film silent. */
  sound: z.object({ fileId: z.string() }),
  /** Another step gives the film away: it is no result of the job. */
  isUnpublished: z.literal(true).optional(),
  outputName: z.string(),
});

export const processFileParamsSchema = z.object({
  /** A file of the account's, or the first result of an earlier step. */
  file: z.union([z.object({ fileId: z.string() }), z.object({ fromStep: z.string() })]),
  /** The words that made it. */
  description: z.string().optional(),
  /** From now on the account finds it there. */
  shown: z.object({ collection: z.enum(fileCollections), isTemporary: z.boolean(), clientRef: z.json().optional() }).optional(),
});

export const renderTimelineParamsSchema = z.object({
  /** As the renderer's own check made it. */
  document: z.json(),
  /** By address, and by the name of what is generated. */
  files: z.record(z.string(), z.union([z.object({ fileId: z.string() }), z.object({ fromStep: z.string() })])),
  outputName: z.string(),
});

/** Under which what a timeline's request headers hold is sealed wherever it is stored. */
export const sourceHeaderContext = 'timeline-source-header';

/** Brings what an address holds for the steps that need it. */
export const fetchFileParamsSchema = z.object({
  url: z.string(),
  /** What they hold is sealed. */
  headers: z.record(z.string(), z.string()).optional(),
  /** Where the caller names it, for messages. */
  place: z.string(),
});

/** Times a story by its parts, which are results of the steps of their names, and draws it. */
export const drawStoryParamsSchema = z.object({
  story: storySchema,
  film: z.object({ canvas: canvasSchema, mark: z.string().optional() }),
  outputName: z.string(),
});

/**
 * Where the progress of a `render-timeline` step stands while it fetches sources, draws, and stores: ends of the three stretches, as shares
 * of the step.
 */
export const timelineStretches = { fetching: 0.1, rendering: 0.95, saving: 1 } as const;

/** Parameters of every type of step. A type missing in a registry over these keys does not compile. */
export const stepParamsSchemas = {
  'run-task': runTaskParamsSchema,
  'assemble-film': assembleFilmParamsSchema,
  'render-timeline': renderTimelineParamsSchema,
  'fetch-file': fetchFileParamsSchema,
  'draw-story': drawStoryParamsSchema,
  'join-sound': joinSoundParamsSchema,
  'process-file': processFileParamsSchema,
  'publish-film': publishFilmParamsSchema,
  'draw-mark': drawMarkParamsSchema,
} as const;
export type StepType = keyof typeof stepParamsSchemas;
export type StepParamsOf<T extends StepType> = z.infer<(typeof stepParamsSchemas)[T]>;

type PlannedStepOf<T extends StepType> = {
  /** Unique within the plan, e.g. `scene-1`. */
  key: string;
  type: T;
  /** Keys of steps that must have succeeded. */
  needs: string[];
  resource: StepResource;
  params: StepParamsOf<T>;
  /** Share of the job's progress, in expected seconds. */
  weight: number;
  /** Counted in `milestonesDone`. */
  isMilestone: boolean;
  /** Deadline of one attempt. */
  timeoutSeconds: number;
};
export type PlannedStep = { [T in StepType]: PlannedStepOf<T> }[StepType];

/** A DAG of typed steps. The shape is fixed at submit; steps are never added to a running plan. */
export interface Plan {
  readonly planVersion: 1;
  readonly steps: readonly PlannedStep[];
  /** Distinct runners, in order of first use. */
  readonly runners: readonly string[];
}

/** What a finished step leaves in its row. */
export const stepResultSchema = z.object({ artifacts: z.array(artifactSchema), warnings: z.array(warningSchema) });
export type StepResult = z.infer<typeof stepResultSchema>;

/** Attempts of a step before its job fails, and the pause before each further one. */
export const stepRetryPolicy = { maxAttempts: 3, backoffSeconds: [2, 10] } as const;
