import { DomainError } from '../errors.ts';
import type { IdSource } from '../ids.ts';
import type { Principal } from '../ports/accounts.ts';
import type { FileStore } from '../ports/files.ts';
import type { ObjectStore } from '../ports/object-store.ts';

/** A received file that was looked at, still on local disk. */
export interface InspectedFile {
  readonly path: string;
  readonly mediaType: string;
  readonly displayName: string;
  /** Probe facts: width, height, seconds, ... */
  readonly facts: Readonly<Record<string, number>>;
}

/** An input that no job claims is swept after this time. */
const unclaimedSeconds = 3600;

/** Takes files of callers into the object store: a pending row first, then the durable object, then the row is ready. */
export interface Intake {
  keep(principal: Principal, file: InspectedFile, signal: AbortSignal): Promise<{ fileId: string }>;
}

export function createIntake(deps: { files: FileStore; objects: ObjectStore; ids: IdSource }): Intake {
  return {
    async keep(principal, file, signal) {
      const id = deps.ids.next('file');
      const objectKey = `inputs/${id}`;
      await deps.files.createPending({
        id,
        accountId: principal.accountId,
        jobId: null,
        origin: 'upload',
        objectKey,
        mediaType: file.mediaType,
        displayName: file.displayName,
        expiresInSeconds: unclaimedSeconds,
      });
      const stored = await deps.objects.put(objectKey, { path: file.path }, { contentType: file.mediaType, signal });
      const isKept = await deps.files.markReady({
        id,
        mediaType: file.mediaType,
        sizeBytes: stored.sizeBytes,
        sha256: stored.sha256,
        facts: file.facts,
        expiresInSeconds: unclaimedSeconds,
      });
      if (!isKept)
        throw new DomainError('overloaded', 'The upload took too long', { code: 'upload_expired', retryAfterSeconds: 10 });
      return { fileId: id };
    },
  };
}
