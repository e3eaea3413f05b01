import type { Artifact } from '../job.ts';

/** `pending`: a row before its object; swept after `expiresAt`. `ready`: the object is durable. */
export type FileState = 'pending' | 'ready' | 'failed';
export type FileOrigin = 'upload' | 'output' | 'intermediate';

export interface FileRow {
  readonly id: string;
  readonly accountId: string;
  readonly jobId: string | null;
  readonly origin: FileOrigin;
  readonly state: FileState;
  readonly objectKey: string;
  /** Sniffed, never declared. */
  readonly mediaType: string;
  readonly sizeBytes: number;
  /** Lower-case hex, or null while pending. */
  readonly sha256: string | null;
  readonly displayName: string;
  /** Probe facts: duration, width, height, ... */
  readonly facts: unknown;
  readonly expiresAt: Date | null;
  readonly createdAt: Date;
}

/** Every object has a row first, so a sweep can remove what no row claims. */
export interface FileStore {
  createPending(file: {
    id: string;
    accountId: string;
    jobId: string | null;
    origin: FileOrigin;
    objectKey: string;
    mediaType: string;
    displayName: string;
    expiresInSeconds: number;
  }): Promise<void>;
  /** pending -> ready by compare-and-set. `expiresInSeconds` null: kept. False: the row was not pending. */
  markReady(file: {
    id: string;
    mediaType: string;
    sizeBytes: number;
    sha256: string;
    facts: unknown;
    expiresInSeconds: number | null;
  }): Promise<boolean>;
  findById(id: string): Promise<FileRow | null>;
  findOfAccount(query: { accountId: string; id: string }): Promise<FileRow | null>;
  /** Rows whose expiry has passed, and intermediates of ended jobs; oldest first. */
  listExpired(limit: number): Promise<readonly { id: string; objectKey: string }[]>;
  remove(ids: readonly string[]): Promise<void>;
  /** Of the given keys, those that some row claims. */
  claimedKeys(objectKeys: readonly string[]): Promise<ReadonlySet<string>>;
}

/** What was generated, by everything that decides the result. Never shared between accounts. */
export interface GeneratedFileStore {
  /** What was kept under the key; it then lives on for its whole life again. Null: nothing, or it is gone. */
  find(query: { accountId: string; key: string }): Promise<Artifact | null>;
  /**
   * Keeps a ready file of a running job beyond its end, until nobody has asked for it for long. Of two made at once under one key the first
   * stays; the other ends with its job.
   */
  keep(entry: { accountId: string; key: string; artifact: Artifact }): Promise<void>;
}
