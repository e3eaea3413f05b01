import type { Readable } from 'node:stream';
import { DomainError } from '../../errors.ts';
import type { IdSource } from '../../ids.ts';
import type { Principal } from '../../ports/accounts.ts';
import type { NewAuditEntry } from '../../ports/audit.ts';
import type { FileFamily, LibraryFile, LibraryListQuery, LibraryPage, LibraryStore } from '../../ports/library.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import type { FileLinkMaker } from './file-links.ts';

export interface NewUpload {
  /** Absent: a fresh one. */
  readonly id?: string;
  readonly displayName: string;
  /** Null: found out by its content. */
  readonly family: FileFamily | null;
  readonly isTemporary: boolean;
  readonly transcript?: unknown;
  /** Handed back with the file; opaque here. */
  readonly clientRef?: unknown;
  /** Its bytes may be no more than this, nor than the server's own limit. */
  readonly maxBytes?: number;
  /** Written with the place for the file. */
  readonly audit?: NewAuditEntry;
}

export interface ReceivedBody {
  readonly stream: Readable;
  /** Announced by the client; null: it did not say. */
  readonly sizeBytes: number | null;
  readonly signal: AbortSignal;
  /** Written when the file takes the bytes. */
  readonly audit?: NewAuditEntry;
}

/** What is written with a change. */
export type FileEffect = Pick<Parameters<LibraryStore['archive']>[0], 'audit'>;

/** What may hold a removal up, and what is written with it. */
export type RemovalOptions = Pick<Parameters<LibraryStore['remove']>[0], 'unlessNamedBy' | 'audit'>;

/** Turns text into vectors; null: this server has no such model. */
export interface Embedder {
  embed(texts: readonly string[], signal: AbortSignal): Promise<readonly (readonly number[])[]>;
}

/** What an upload link says. */
export interface UploadClaims {
  readonly fileId: string;
  readonly maxBytes?: number | undefined;
}

export interface FilesDeps {
  readonly library: LibraryStore;
  readonly objects: Pick<ObjectStore, 'put' | 'delete'>;
  readonly links: FileLinkMaker;
  readonly ids: IdSource;
  readonly embedder: Embedder | null;
  readonly publicUrl: string;
  readonly uploadSeconds: number;
  readonly maxUploadBytes: number;
  randomBytes(size: number): Uint8Array;
  signUpload(claims: UploadClaims, expiresInSeconds: number): string;
  /** Throws DomainError `forbidden`. */
  openUpload(token: string): UploadClaims;
  /** After the commit: lets a worker look into the file. */
  submitProcessing(file: { id: string; accountId: string }): Promise<void>;
  /** The sweep finds the file later. */
  onProcessingError(error: unknown, fileId: string): void;
  assertFreeSpace(): Promise<void>;
}

/** The files of an account, in neutral words. Ids are internal; a foreign one is not found. */
export interface Files extends Pick<FileLinkMaker, 'sources' | 'publicLinks'> {
  /** A place for a file and the link to which its bytes are put, once. */
  createUpload(principal: Pick<Principal, 'accountId'>, upload: NewUpload): Promise<{ file: LibraryFile; uploadUrl: string }>;
  /** Takes the bytes of `PUT /uploads/<token>`. DomainError `forbidden` for a link that is over or used, `too_large`. */
  receive(token: string, body: ReceivedBody): Promise<LibraryFile>;
  /** DomainError `not_found` for unknown and foreign ids alike. */
  get(principal: Pick<Principal, 'accountId'>, id: string): Promise<LibraryFile>;
  getMany(accountId: string, ids: readonly string[]): Promise<readonly LibraryFile[]>;
  list(query: LibraryListQuery): Promise<LibraryPage>;
  search(
    principal: Principal,
    query: { text: string; limit: number },
  ): Promise<readonly { file: LibraryFile; similarityRatio: number }[]>;
  /** Idempotent. */
  archive(principal: Pick<Principal, 'accountId'>, id: string, effect?: FileEffect): Promise<LibraryFile>;
  /** Idempotent: the same public id until it is taken back. */
  publish(principal: Pick<Principal, 'accountId'>, id: string, effect?: FileEffect): Promise<LibraryFile>;
  unpublish(principal: Pick<Principal, 'accountId'>, id: string, effect?: FileEffect): Promise<LibraryFile>;
  /** It and its renditions go with the next sweep. DomainError `conflict`, code `file_in_use`, for what `unlessNamedBy` finds. */
  remove(principal: Pick<Principal, 'accountId'>, id: string, options?: RemovalOptions): Promise<void>;
}

const alphanumerics = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/** Characters of a public id: 130 bits. */
export const playbackIdLength = 22;
const embedTimeoutMs = 10_000;

export function createFiles(deps: FilesDeps): Files {
  const { library } = deps;
  const found = (file: LibraryFile | null): LibraryFile => {
    if (file === null) throw new DomainError('not_found', 'The file does not exist', { code: 'file_not_found' });
    return file;
  };
  return {
    sources: deps.links.sources,
    publicLinks: deps.links.publicLinks,
    async createUpload(principal, upload) {
      await deps.assertFreeSpace();
      const id = upload.id ?? deps.ids.next('file');
      const file = await library.createUpload({
        id,
        accountId: principal.accountId,
        objectKey: `uploads/${id}`,
        displayName: upload.displayName,
        declaredFamily: upload.family,
        isTemporary: upload.isTemporary,
        transcript: upload.transcript ?? null,
        clientRef: upload.clientRef ?? null,
        deadlineSeconds: deps.uploadSeconds,
        ...(upload.audit !== undefined && { audit: upload.audit }),
      });
      const token = deps.signUpload({ fileId: id, maxBytes: upload.maxBytes }, deps.uploadSeconds);
      return { file, uploadUrl: `${deps.publicUrl}/uploads/${token}` };
    },
    receive: (token, body) => receive(deps, token, body),
    get: async ({ accountId }, id) => found(await library.find({ accountId, id })),
    getMany: (accountId, ids) => library.findMany({ accountId, ids }),
    list: (query) => library.list(query),
    async search({ accountId }, { text, limit }) {
      const [embedding] = deps.embedder ? await deps.embedder.embed([text], AbortSignal.timeout(embedTimeoutMs)) : [];
      return library.search({ accountId, text, embedding: embedding ?? null, limit });
    },
    archive: async ({ accountId }, id, effect = {}) => found(await library.archive({ accountId, id, ...effect })),
    publish: async ({ accountId }, id, effect = {}) =>
      found(await library.publish({ accountId, id, playbackId: mintPlaybackId(deps.randomBytes), ...effect })),
    unpublish: async ({ accountId }, id, effect = {}) => found(await library.unpublish({ accountId, id, ...effect })),
    async remove({ accountId }, id, options = {}) {
      if (!(await library.remove({ accountId, id, ...options }))) found(null);
    },
  };
}

/** Letters and digits only, so that a surface may put a prefix before it. */
function mintPlaybackId(randomBytes: (size: number) => Uint8Array): string {
  let text = '';
  while (text.length < playbackIdLength)
    for (const byte of randomBytes(playbackIdLength))
      if (byte < 248 && text.length < playbackIdLength) text += alphanumerics.charAt(byte % alphanumerics.length);
  return text;
}

const usedLink = (): DomainError =>
  new DomainError('forbidden', 'The upload link was used or has expired', { code: 'link_used' });

/**
 * The object has a key of its own attempt, so that two bodies for one link never meet; the row takes the first that is whole. A crash
 * in between leaves an object that no row claims.
 */
async function receive(deps: FilesDeps, token: string, body: ReceivedBody): Promise<LibraryFile> {
  const { fileId, maxBytes = Infinity } = deps.openUpload(token);
  const file = await deps.library.findById(fileId);
  if (file?.state !== 'pending') throw usedLink();
  await deps.assertFreeSpace();
  const objectKey = `uploads/${fileId}-${Buffer.from(deps.randomBytes(8)).toString('hex')}`;
  const stored = await deps.objects.put(objectKey, body.stream, {
    contentType: 'application/octet-stream',
    maxBytes: Math.min(maxBytes, deps.maxUploadBytes),
    ...(body.sizeBytes !== null && { sizeBytes: body.sizeBytes }),
    signal: body.signal,
  });
  if (!(await deps.library.completeUpload({ id: fileId, objectKey, ...stored, ...(body.audit && { audit: body.audit }) }))) {
    await deps.objects.delete(objectKey);
    throw usedLink();
  }
  await deps.submitProcessing(file).catch((error: unknown) => deps.onProcessingError(error, fileId));
  const received = await deps.library.findById(fileId);
  if (received === null) throw usedLink();
  return received;
}
