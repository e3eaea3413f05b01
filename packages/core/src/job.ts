import { z } from 'zod';
import { fileCollections } from './ports/library.ts';
import { publishSpecSchema, visibleMarkSchema } from './publish.ts';
import { storySchema } from './story/story.ts';
import { canvasSchema, frameRateSchema, pictureTaskSchema, runnerTaskSchema, soundTaskSchema, taskInputRoles } from './tasks.ts';

/** A file of the account's, by internal id. */
export const assetRefSchema = z.object({ fileId: z.string() });
export type AssetRef = z.infer<typeof assetRefSchema>;

const seed = z
  .int()
  .min(0)
  .max(2 ** 32 - 1);
/** File name of the film without its extension, shown to whoever downloads it. */
const outputName = z.string().min(1).max(200);

/** Forms in which a sound can be had: WAV of 48 kHz and 16 bits, MP3 of 192 kbit/s. */
export const audioFormats = ['wav', 'mp3'] as const;
export type AudioFormat = (typeof audioFormats)[number];

export const sceneSpecSchema = z.object({
  prompt: z.string(),
  negativePrompt: z.string(),
  /** First frame; absent: text-to-video. */
  startFrame: assetRefSchema.optional(),
  /** Last frame; only together with `startFrame`. */
  endFrame: assetRefSchema.optional(),
});
export type SceneSpec = z.infer<typeof sceneSpecSchema>;

/** Results that stand alone: made so many times, each shown to the account as a file with its renditions. */
export const standaloneResultsSchema = z.object({
  count: z.int().min(1).max(100),
  collection: z.enum(fileCollections),
  isTemporary: z.boolean(),
  /** The words that made them. */
  description: z.string(),
  /** Kept with each file; opaque to the core. */
  clientRef: z.json().optional(),
  /** Drawn on each; films without transparency and pictures take one. */
  visibleMark: visibleMarkSchema.optional(),
});
export type StandaloneResults = z.infer<typeof standaloneResultsSchema>;
const results = standaloneResultsSchema.optional();

/** A file that is made for a timeline before it is drawn. */
export const timelineGenerationSchema = z.object({
  /** Where the edit asks for it, in the caller's words. */
  place: z.string(),
  task: z.union([
    z.object({
      type: z.literal('clip'),
      model: z.string(),
      canvas: canvasSchema,
      frameRate: frameRateSchema,
      frameCount: z.int().min(1).max(100_000),
      seed,
      prompt: z.string(),
      negativePrompt: z.string(),
    }),
    soundTaskSchema,
    pictureTaskSchema,
  ]),
  /** The picture it starts from: a file of the account's, or an address; what its headers hold is sealed. */
  image: z
    .union([assetRefSchema, z.object({ url: z.string(), headers: z.record(z.string(), z.string()).optional() })])
    .optional(),
});
export type TimelineGeneration = z.infer<typeof timelineGenerationSchema>;

/**
 * What the caller means, in neutral units. Written once, versioned, never rewritten.
 * A change of meaning is a new `specVersion`; old ones stay readable.
 */
export const jobSpecSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('generate'),
    specVersion: z.literal(1),
    model: z.string(),
    scenes: z.array(sceneSpecSchema).min(1).max(100),
    canvas: canvasSchema,
    frameRate: frameRateSchema,
    framesPerScene: z.int().min(1).max(100_000),
    /** The film is so many times as wide and high as what is generated. */
    upscaleFactor: z.union([z.literal(2), z.literal(4)]).optional(),
    /** The film's rate, reached by making frames between the generated ones; absent: as generated. */
    outputFrameRate: frameRateSchema.optional(),
    seed,
    guidance: z.number().min(0).max(100).optional(),
    samplerSteps: z.int().min(1).max(1000).optional(),
    /** Effects under the film; absent: none. */
    soundEffects: z
      .object({
        model: z.string(),
        /** What is heard under the whole film. */
        prompt: z.string(),
        negativePrompt: z.string().optional(),
        /** One for each scene, heard under it alone; instead of `prompt`. */
        scenePrompts: z.array(z.string()).optional(),
      })
      .optional(),
    /** Music under the whole film; absent: none. */
    music: z
      .object({
        model: z.string(),
        tags: z.string(),
        lyrics: z.string(),
        bpm: z.int().min(10).max(300),
        keyscale: z.string(),
      })
      .optional(),
    /** A given sound under the whole film, which then lasts as long as it; instead of effects and music. */
    soundtrack: z.object({ fileId: z.string(), seconds: z.number().positive() }).optional(),
    /** Marks and signature; absent: the film is given away as it was made. */
    publish: publishSpecSchema.optional(),
    outputName,
    results,
  }),
  z.object({
    kind: z.literal('animate'),
    specVersion: z.literal(1),
    model: z.string(),
    image: assetRefSchema,
    audio: assetRefSchema,
    /** Measured by decoding, not read from a header. */
    audioSeconds: z.number().positive(),
    canvas: canvasSchema,
    frameRate: frameRateSchema,
    seed,
    prompt: z.string(),
    outputName,
    results,
  }),
  z.object({
    kind: z.literal('tool'),
    specVersion: z.literal(1),
    task: runnerTaskSchema,
    inputs: z.partialRecord(z.enum(taskInputRoles), assetRefSchema),
    /** For a film made from another one: the file whose sound it gets, if that has any. */
    soundOf: assetRefSchema.optional(),
    /** What a task that makes sound results in. Default `wav`. */
    audioFormat: z.enum(audioFormats).optional(),
    outputName,
    results,
  }),
  /** Finds out what an uploaded file is and makes its renditions. */
  z.object({ kind: z.literal('process'), specVersion: z.literal(1), file: assetRefSchema }),
  z.object({
    kind: z.literal('timeline'),
    specVersion: z.literal(1),
    /** The normalised edit; the timeline renderer owns its schema. What headers hold is sealed. */
    edit: z.json(),
    /** Files of the account behind addresses that the edit names. */
    files: z.record(z.string(), assetRefSchema).optional(),
    /** By the name under which the renderer asks for it. */
    generations: z.record(z.string(), timelineGenerationSchema).optional(),
    /** Where it is known before the sources are. */
    durationSeconds: z.number().nonnegative().optional(),
    outputName,
    results,
  }),
  /** The parts of a film that is told in beats: voices, pictures, music; and the film itself where it is wanted at once. */
  z.object({
    kind: z.literal('story'),
    specVersion: z.literal(1),
    story: storySchema,
    film: z.object({ canvas: canvasSchema, mark: z.string().max(100).optional() }).optional(),
    outputName,
    /** Of the film. */
    results,
  }),
]);
export type JobSpec = z.infer<typeof jobSpecSchema>;
export type JobKind = JobSpec['kind'];
export type JobSpecOf<K extends JobKind> = Extract<JobSpec, { kind: K }>;

export const jobStates = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type JobState = (typeof jobStates)[number];
export const finalJobStates = ['succeeded', 'failed', 'cancelled'] as const satisfies readonly JobState[];
export const activeJobStates = ['queued', 'running'] as const satisfies readonly JobState[];
export const isFinalJobState = (state: JobState): boolean => finalJobStates.some((final) => final === state);

/** Every transition that exists; the stores refuse all others by naming the state they expect. */
export const jobTransitions = {
  queued: ['running', 'failed', 'cancelled'],
  running: ['succeeded', 'failed', 'cancelled'],
  succeeded: [],
  failed: [],
  cancelled: [],
} as const satisfies Record<JobState, readonly JobState[]>;

export const canTransition = (from: JobState, to: JobState): boolean => jobTransitions[from].some((state) => state === to);

/** Why a job ended badly. `message` is public. */
export const jobErrorSchema = z.object({ code: z.string(), message: z.string() });
export type JobError = z.infer<typeof jobErrorSchema>;

export const warningSchema = z.object({ code: z.string(), details: z.record(z.string(), z.string()) });
export type Warning = z.infer<typeof warningSchema>;

export const artifactRoles = ['film', 'thumbnail', 'clip', 'image', 'audio', 'document'] as const;
/** A finished output of a job or a step: a ready file. */
export const artifactSchema = z.object({
  role: z.enum(artifactRoles),
  fileId: z.string(),
  objectKey: z.string(),
  mediaType: z.string(),
  sizeBytes: z.int().nonnegative(),
  /** File name with extension. */
  name: z.string(),
  durationSeconds: z.number().nonnegative().optional(),
  width: z.int().positive().optional(),
  height: z.int().positive().optional(),
  frameCount: z.int().positive().optional(),
  /** Its content was judged after it was made, by every stage that there is. */
  isChecked: z.boolean().optional(),
  /** How a published film can be known again. */
  provenance: z
    .object({
      /** 64 hex digits: the perceptual hash of the middle frame. */
      fingerprint: z.string(),
      /** 16 hex digits. */
      watermarkId: z.string().optional(),
      manifest: z.enum(['embedded', 'sidecar', 'none']),
    })
    .optional(),
});
export type Artifact = z.infer<typeof artifactSchema>;
export type ArtifactRole = Artifact['role'];

/** An answer that was given once, to the byte. */
export interface StoredAnswer {
  readonly status: number;
  readonly body: string;
}

/** A job as everybody outside the engine sees it. Times are UTC. */
export interface JobView {
  readonly id: string;
  readonly accountId: string;
  readonly keyId: string | null;
  readonly surface: string;
  readonly externalId: string;
  readonly kind: JobKind;
  readonly state: JobState;
  /** 0..1, never falls. */
  readonly progressRatio: number;
  /** Opaque to the core: what one surface alone understands. */
  readonly clientRef: unknown;
  readonly error: JobError | null;
  readonly artifacts: readonly Artifact[];
  readonly warnings: readonly Warning[];
  /** Distinct runners of the plan. */
  readonly runners: readonly string[];
  /** Attempts of steps beyond their first. */
  readonly retries: number;
  /** Finished and planned milestones (scenes of a film, for one). */
  readonly milestonesDone: number;
  readonly milestonesTotal: number;
  readonly callbackUrl: string | null;
  readonly cancelRequestedAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  /** Rises with every change of the row. */
  readonly version: number;
  /** Only of a view that a repeated submit got: what the first one was answered. */
  readonly storedAnswer?: StoredAnswer;
}

export const jobEventTypes = [
  'job.queued',
  'job.started',
  'job.progress',
  'job.succeeded',
  'job.failed',
  'job.cancelled',
] as const;
export type JobEventType = (typeof jobEventTypes)[number];

/** A stored domain event. `seq` counts from 1 within a job. `job.progress` is announced, never stored. */
export interface JobEvent {
  readonly jobId: string;
  readonly seq: number;
  readonly type: JobEventType;
  readonly data: unknown;
  readonly createdAt: Date;
}
