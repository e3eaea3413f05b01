import type { Canvas, FrameRate } from '@polyreel/core';
import type { MediaTools } from '../tools.ts';
import type { Edit } from './schema/edit-schema.ts';

/** One fault or one remark. `path` is in the caller's words: `timeline.tracks[0].clips[2].asset.src`. */
export interface TimelineIssue {
  readonly path: string;
  /** Snake case, stable. */
  readonly code: string;
  /** What is wrong, the value and the limit. */
  readonly message: string;
  /** For the usual slips: what was probably meant. */
  readonly hint?: string;
}

/** A checked edit, merged and in the internal dialect. Plain JSON: it may be stored and rendered by another process. */
export interface TimelineDocument {
  readonly version: 1;
  /** Told apart only where the forms cannot be: in the engine's own files the earlier of two overlapping clips is on top. */
  readonly dialect: 'shotstack' | 'native';
  readonly edit: Edit;
}

export interface ValidateTimelineOptions {
  /** Default: told apart by `output` (see the dialects of the language). */
  readonly dialect?: 'shotstack' | 'native';
  /** False: unknown keys and unsupported destinations become warnings. Default true. */
  readonly isStrict?: boolean;
  readonly onMissingMergeField?: 'error' | 'keep' | 'empty';
  /** Templates: placeholders are not merged, and stand for any value. */
  readonly isTemplate?: boolean;
  readonly limits?: Partial<TimelineLimits>;
  /** What can be generated here; without it every model and task is taken. */
  readonly generation?: {
    /** Null: the task cannot be done here (`unsupported_asset`). */
    modelsFor(task: GenerationTask): readonly string[] | null;
  };
  /** True when a speech model can turn sound into captions. Default false: such captions are `transcription_unavailable`. */
  readonly canTranscribe?: boolean;
}

export interface TimelineLimits {
  readonly maxBytes: number;
  readonly maxTracks: number;
  readonly maxClips: number;
  readonly maxSeconds: number;
  readonly maxVideoSide: number;
  readonly maxStillSide: number;
  readonly maxFrameRate: number;
}

export interface TimelineCheck {
  readonly errors: readonly TimelineIssue[];
  readonly warnings: readonly TimelineIssue[];
  /** Null when there are errors, and for a template. */
  readonly document: TimelineDocument | null;
  /** With errors: what is sound of the document, its clips at their places, to look for further faults. Not to be rendered. */
  readonly readable: TimelineDocument | null;
  readonly format: string | null;
  readonly canvas: Canvas | null;
  /** Null while it hangs on the length of a source. */
  readonly durationSeconds: number | null;
  readonly frameCount: number | null;
}

export type SourceUse = 'video' | 'image' | 'audio' | 'media' | 'svg' | 'font' | 'captions' | 'lut';

export type GenerationTask =
  | 'text-to-video'
  | 'image-to-video'
  | 'text-to-image'
  | 'text-to-speech'
  | 'text-to-music'
  | 'text-to-sfx'
  | 'transcription';

/** A file that the edit needs. Equal files (address and headers, or request) come once. */
export interface TimelineSource {
  /** Stable for equal content: a hash of the address and headers, or of the generation request. */
  readonly id: string;
  /** Where the edit names it first. */
  readonly path: string;
  readonly use: SourceUse;
  readonly origin:
    | { readonly type: 'address'; readonly src: string; readonly headers: Readonly<Record<string, string>> }
    | {
        readonly type: 'generation';
        readonly task: GenerationTask;
        readonly model: string | null;
        readonly prompt: string;
        readonly options: Readonly<Record<string, unknown>>;
        /** Address of a picture to start from, or of the sound to transcribe. */
        readonly inputSrc: string | null;
        readonly inputHeaders: Readonly<Record<string, string>>;
        /** The length on the timeline, if it is known before the source is. */
        readonly seconds: number | null;
      };
}

export interface ResolvedSource {
  readonly path: string;
  /** The same for the same bytes only, such as their hash: then they are measured once a process. */
  readonly identity?: string | undefined;
}

/** The renderer's only door to the outside: gives a local file for a source. Called once a source, several at a time. */
export type ResolveTimelineSource = (source: TimelineSource, signal: AbortSignal) => Promise<ResolvedSource>;

export interface TimelineProgress {
  readonly stage: 'fetching' | 'rendering';
  /** 0..1 within the stage, never falling. */
  readonly ratio: number;
}

export interface RenderTimelineOptions {
  readonly document: TimelineDocument;
  readonly resolveSource: ResolveTimelineSource;
  /** An existing folder; results are written into it. Nothing is left in it after a failure. */
  readonly outputDir: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: TimelineProgress) => void;
  /** Threads that draw. Default: one a core. */
  readonly threads?: number;
  /** For tests and comparisons: the pictures' way is chosen by rule when absent. */
  readonly route?: RenderRoute;
}

/** `copy`: packets of one source, nothing encoded. `graph`: one ffmpeg filter graph. `canvas`: drawn. `sound`: no picture. */
export type RenderRoute = 'copy' | 'graph' | 'canvas' | 'sound';

export interface TimelineFile {
  readonly role: 'output' | 'poster' | 'thumbnail' | 'captions';
  readonly path: string;
  readonly mediaType: string;
}

export interface TimelineResult {
  /** The output first. */
  readonly files: readonly TimelineFile[];
  readonly route: RenderRoute;
  /** Size of the pictures; null for sound. */
  readonly canvas: Canvas | null;
  readonly frameRate: FrameRate;
  readonly frameCount: number;
  readonly durationSeconds: number;
  readonly warnings: readonly TimelineIssue[];
  /** Start and length in seconds of every clip, by its path. */
  readonly times: Readonly<Record<string, { readonly start: number; readonly length: number }>>;
}

/**
 * Renders a checked edit. Throws StepError: `asset_unusable` (permanent, names the clip) for a source that does not serve, `aborted`
 * within a second of the signal, and what the resolver throws, unchanged.
 */
export type RenderTimeline = (tools: MediaTools, options: RenderTimelineOptions) => Promise<TimelineResult>;
