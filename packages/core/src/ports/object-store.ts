import type { Readable } from 'node:stream';
import { DomainError } from '../errors.ts';

/** What is stored: a stream (read once), bytes, or a local file. A stream that fails or is destroyed stores nothing. */
export type ObjectBody = Readable | Uint8Array | { readonly path: string };

export interface PutOptions {
  readonly contentType: string;
  /** Announced size; a body of another size stores nothing and throws DomainError `invalid_request`, code `size_mismatch`. */
  readonly sizeBytes?: number;
  /** A larger body stores nothing and throws DomainError `too_large`, as soon as the limit is passed. */
  readonly maxBytes?: number;
  readonly signal: AbortSignal;
}

export interface StoredObject {
  readonly sizeBytes: number;
  /** Of the stored bytes, lower-case hex, computed while they passed. */
  readonly sha256: string;
}

/** Both ends count from 0 and are included; no `end`: to the last byte. An `end` beyond the object is cut back. */
export interface ByteRange {
  readonly start: number;
  readonly end?: number;
}

export interface ObjectInfo {
  readonly sizeBytes: number;
  readonly contentType: string;
  readonly modifiedAt: Date;
  /** Quoted strong validator as in RFC 9110; changes with the content. */
  readonly etag: string;
}

export interface ObjectContent extends ObjectInfo {
  /** Must be read to its end or destroyed. Destroyed with an error when the signal aborts or the store breaks off. */
  readonly stream: Readable;
  /** What `stream` holds, when a range was asked for. `sizeBytes` stays the size of the whole object. */
  readonly range?: { readonly start: number; readonly end: number };
}

export interface ListedObject {
  readonly key: string;
  readonly sizeBytes: number;
  readonly modifiedAt: Date;
}

export interface ObjectPage {
  readonly objects: readonly ListedObject[];
  /** Pass as `after` to go on; absent on the last page. */
  readonly next?: string;
}

export interface LinkOptions {
  /** Default GET. A link works for its method only. */
  readonly method?: 'GET' | 'HEAD';
  /** 1 to `linkSecondsMax`. */
  readonly expiresInSeconds: number;
  /** Default inline under no name. Types that are not safe to show inline become attachments all the same. */
  readonly disposition?: { readonly type: 'inline' | 'attachment'; readonly filename: string };
  /** Sent as Content-Type. */
  readonly contentType: string;
}

/** The longest life that SigV4 allows. */
export const linkSecondsMax = 604_800;

/**
 * Objects by key, in a bucket or under a folder.
 *
 * Keys: 1 to 900 bytes of UTF-8 in segments divided by single slashes, no segment `.` or `..`, no control character or
 * backslash; a segment has at most 200 bytes once every byte but `a-z 0-9 - _ .` is counted three times. No key is the folder of
 * another (`a` and `a/b`): stores that keep folders cannot hold both. A key that breaks the first rules throws DomainError
 * `invalid_request`, code `invalid_object_key`, before anything is done. Calls without a signal are bounded by the adapter.
 * An object that is replaced is seen either whole and old or whole and new. A store that does not answer throws DomainError
 * `backend_unavailable`, code `object_store_unavailable`.
 *
 * Not here: who may read what, which file row claims an object, retention.
 */
export interface ObjectStore {
  /**
   * When it resolves, the object is durable. When it rejects, the key holds what it held before (or, when only the store's answer
   * was lost, the whole new object): never a part.
   */
  put(key: string, body: ObjectBody, options: PutOptions): Promise<StoredObject>;
  /** Throws ObjectNotFound, RangeNotSatisfiable. */
  get(key: string, options: { readonly range?: ByteRange; readonly signal: AbortSignal }): Promise<ObjectContent>;
  head(key: string): Promise<ObjectInfo | null>;
  /** A missing object is a success. */
  delete(key: string): Promise<void>;
  deleteMany(keys: readonly string[]): Promise<void>;
  /** Keys that begin with `prefix` (any text), in one stable order; `limit` 1 to 1000. Objects being written are not shown. */
  list(prefix: string, options: { readonly after?: string; readonly limit: number }): Promise<ObjectPage>;
  /** Absolute URL that needs no header. Does not ask whether the object exists. */
  link(key: string, options: LinkOptions): Promise<string>;
  /** Null where the store does not know. */
  freeBytes(): Promise<number | null>;
  /**
   * Removes what interrupted writes left outside `list`: unfinished multipart uploads, temporary files. Only what has not been
   * touched for `olderThanSeconds`. Returns how many.
   */
  removeLeftovers(options: { readonly olderThanSeconds: number; readonly signal: AbortSignal }): Promise<number>;
  close(): Promise<void>;
}

export class ObjectNotFound extends DomainError {
  readonly key: string;

  constructor(key: string, options: { cause?: unknown } = {}) {
    super('not_found', 'the stored file does not exist', { code: 'object_not_found', cause: options.cause });
    this.key = key;
  }
}

/** The range begins at or after the end of the object. */
export class RangeNotSatisfiable extends DomainError {
  readonly sizeBytes: number;

  constructor(start: number, sizeBytes: number) {
    super('invalid_request', `range begins at byte ${start}, the file has ${sizeBytes}`, { code: 'range_not_satisfiable' });
    this.sizeBytes = sizeBytes;
  }
}
