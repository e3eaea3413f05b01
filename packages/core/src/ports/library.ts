import type { NewAuditEntry } from './audit.ts';
import type { FileOrigin, FileState } from './files.ts';

/** What a file is, by its content. `document`: everything that is neither seen nor heard. */
export const fileFamilies = ['image', 'video', 'audio', 'document'] as const;
export type FileFamily = (typeof fileFamilies)[number];

/** Where its account finds a file. `library`: uploads and results that stand alone. */
export const fileCollections = ['library', 'project', 'export'] as const;
export type FileCollection = (typeof fileCollections)[number];

/** Forms of a file that are made from it. `playlist` holds the media of an adaptive stream; its facts say where each segment lies. */
export const renditionNames = ['thumbnail', 'preview', 'playlist'] as const;
export type RenditionName = (typeof renditionNames)[number];

export interface Rendition {
  readonly name: RenditionName;
  readonly objectKey: string;
  readonly state: 'pending' | 'ready' | 'failed';
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly facts: unknown;
}

/** A file as its account sees it. */
export interface LibraryFile {
  readonly id: string;
  readonly accountId: string;
  readonly jobId: string | null;
  readonly origin: FileOrigin;
  /** `pending`: its bytes have not come. */
  readonly state: FileState;
  readonly objectKey: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly sha256: string | null;
  readonly displayName: string;
  /** Null: not known yet. */
  readonly family: FileFamily | null;
  readonly declaredFamily: FileFamily | null;
  readonly collection: FileCollection | null;
  readonly isTemporary: boolean;
  /** The words that made it, or what was found in it; never invented. */
  readonly description: string | null;
  readonly transcript: unknown;
  /** `waiting`: renditions are being made, or will be. */
  readonly processing: 'none' | 'waiting' | 'done' | 'failed';
  readonly failure: { readonly code: string; readonly message: string } | null;
  /** `width`, `height`, `durationSeconds`, where they have a meaning. */
  readonly facts: unknown;
  /** Under which everybody may see it; null: nobody may. */
  readonly playbackId: string | null;
  readonly clientRef: unknown;
  readonly uploadDeadline: Date | null;
  readonly archivedAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly renditions: readonly Rendition[];
}

/** Told to subscribers; only of files that were uploaded. */
export const fileEventTypes = [
  'file.uploaded',
  'file.upload_failed',
  'file.downloadable',
  'file.playable',
  'file.analysed',
  'file.analysis_failed',
] as const;
export type FileEventType = (typeof fileEventTypes)[number];

export interface LibraryListQuery {
  readonly accountId: string;
  readonly collections: readonly FileCollection[];
  readonly limit: number;
  readonly family?: FileFamily;
  /** As an earlier page gave it. DomainError `invalid_request`, code `invalid_cursor`, for any other text. */
  readonly cursor?: string;
}

export interface LibraryPage {
  readonly files: readonly LibraryFile[];
  /** Null: there are no more. */
  readonly nextCursor: string | null;
}

export interface ProcessedFile {
  readonly id: string;
  /** Sniffed. */
  readonly mediaType: string;
  readonly family: FileFamily;
  readonly facts: unknown;
  readonly description: string | null;
  readonly embedding: readonly number[] | null;
  /** Given: from now on the file is shown there. */
  readonly shown?: { readonly collection: FileCollection; readonly isTemporary: boolean; readonly clientRef?: unknown };
}

/** Of one file of an account; `audit` is written with the change. */
export interface FileChange {
  readonly accountId: string;
  readonly id: string;
  readonly audit?: NewAuditEntry;
}

/** Files that accounts see, beyond what the engine needs of them. Every write names the state it expects. */
export interface LibraryStore {
  createUpload(file: {
    id: string;
    accountId: string;
    objectKey: string;
    displayName: string;
    declaredFamily: FileFamily | null;
    isTemporary: boolean;
    transcript: unknown;
    clientRef: unknown;
    /** Its bytes must come within this time. */
    deadlineSeconds: number;
    audit?: NewAuditEntry;
  }): Promise<LibraryFile>;
  /** Null for unknown and foreign ids alike. Parts of jobs are not files of their account. */
  find(query: { accountId: string; id: string }): Promise<LibraryFile | null>;
  /** Those that are there, in no order. */
  findMany(query: { accountId: string; ids: readonly string[] }): Promise<readonly LibraryFile[]>;
  /** For a link that is itself the permission. */
  findById(id: string): Promise<LibraryFile | null>;
  findByPlaybackId(playbackId: string): Promise<LibraryFile | null>;
  /** Newest change first; archived files are left out. */
  list(query: LibraryListQuery): Promise<LibraryPage>;
  /** Best first; `similarityRatio` 0..1. By meaning where an embedding is given, by words otherwise. */
  search(query: {
    accountId: string;
    text: string;
    embedding: readonly number[] | null;
    limit: number;
  }): Promise<readonly { file: LibraryFile; similarityRatio: number }[]>;
  /**
   * pending -> ready, once, before the deadline: `objectKey` becomes the file's own, processing waits, `file.uploaded` is told. False: the
   * row was not pending any more.
   */
  completeUpload(file: {
    id: string;
    objectKey: string;
    sizeBytes: number;
    sha256: string;
    audit?: NewAuditEntry;
  }): Promise<boolean>;
  /** pending -> failed for those whose bytes did not come; `file.upload_failed` is told; the rows go a day later. */
  failOverdue(): Promise<number>;
  /** Takes the file out of lists and from public view. Null: not found. */
  archive(query: FileChange): Promise<LibraryFile | null>;
  /** `playbackId` stands only where there was none. Null: not found. */
  publish(query: FileChange & { playbackId: string }): Promise<LibraryFile | null>;
  unpublish(query: FileChange): Promise<LibraryFile | null>;
  /**
   * Lets the sweep remove it and its renditions. False: not found. DomainError `conflict`, code `file_in_use`, `details.externalId`: a queued
   * or running job of the surface holds `clientRef`; none that claims the file can come between.
   */
  remove(query: {
    accountId: string;
    id: string;
    unlessNamedBy?: { readonly surface: string; readonly clientRef: Readonly<Record<string, unknown>> };
    audit?: NewAuditEntry;
  }): Promise<boolean>;
  /** Archives temporary files older than `olderThanSeconds`. */
  archiveTemporary(olderThanSeconds: number): Promise<number>;
  /** Uploads that wait for longer than `olderThanSeconds`: whose job may have been lost. */
  listWaiting(query: { olderThanSeconds: number; limit: number }): Promise<readonly { id: string; accountId: string }[]>;

  /** A rendition to come, under a key of its own attempt. False: a ready one is there. */
  beginRendition(rendition: { fileId: string; name: RenditionName; objectKey: string; mediaType: string }): Promise<boolean>;
  /** pending -> ready for the attempt that holds the key. */
  endRendition(rendition: {
    fileId: string;
    name: RenditionName;
    objectKey: string;
    sizeBytes: number;
    sha256: string;
    facts: unknown;
    event?: FileEventType;
  }): Promise<boolean>;
  /**
   * What the file is: from now on its original can be used. `processing` becomes or stays `waiting`. False: gone, or
   * known from an earlier attempt; then nothing is told.
   */
  noteIdentified(
    file: Pick<ProcessedFile, 'id' | 'mediaType' | 'family' | 'facts'>,
    events: readonly FileEventType[],
  ): Promise<boolean>;
  /** Stores what was found, ends the processing, and tells `events`. False: the file is gone. */
  noteProcessed(file: ProcessedFile, events: readonly FileEventType[]): Promise<boolean>;
  /** The file cannot be used: `waiting` -> `failed`. */
  noteFailed(file: { id: string; code: string; message: string }, events: readonly FileEventType[]): Promise<boolean>;
}
