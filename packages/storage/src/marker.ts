import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { DomainError, ObjectNotFound, type ObjectStore, type SettingStore } from '@polyreel/core';

/** Everything below belongs to the store itself; a sweep of unclaimed objects leaves it alone. */
export const storeOwnPrefix = 'system/';
const markerKey = `${storeOwnPrefix}identity`;
const markerSetting = 'object-store-marker';
const waitMilliseconds = 60_000;

/** The random word that says which installation these objects belong to; null: none yet. */
export async function readMarker(store: ObjectStore): Promise<string | null> {
  try {
    const { stream } = await store.get(markerKey, { signal: AbortSignal.timeout(waitMilliseconds) });
    return await text(stream);
  } catch (error) {
    if (error instanceof ObjectNotFound) return null;
    throw error;
  }
}

export async function writeMarker(store: ObjectStore, marker: string): Promise<void> {
  await store.put(markerKey, Buffer.from(marker), { contentType: 'text/plain', signal: AbortSignal.timeout(waitMilliseconds) });
}

export interface AgreeOnMarker {
  readonly store: ObjectStore;
  readonly settings: SettingStore;
  /** Whether the database knows of stored files. */
  readonly hasFiles: () => Promise<boolean>;
}

/**
 * Database and object store must be of one installation: files are deleted where no row claims them, and rows are served where a file
 * was once. Marks both when both are new; throws DomainError `internal`, code `store_mismatch`, with the reason otherwise. Safe to run in
 * several processes at once, and to die in: the database is marked first and decides.
 */
export async function agreeOnMarker({ store, settings, hasFiles }: AgreeOnMarker): Promise<string> {
  const inDatabase = await settings.read(markerSetting);
  const inStore = await readMarker(store);
  if (inStore !== null) {
    // The database again: another process may have marked both since the first look.
    const owner = inDatabase ?? (await settings.read(markerSetting));
    if (owner === inStore) return inStore;
    throw mismatch(
      owner === null
        ? `the objects belong to installation ${inStore}, the database to none: it is new, or another than the one they were made with`
        : `the objects belong to installation ${inStore}, the database to ${owner}`,
    );
  }
  const fault = await findFault({ store, hasFiles });
  if (fault !== null) {
    // Unless another process has just marked both and begun its work.
    if ((await readMarker(store)) !== null) return agreeOnMarker({ store, settings, hasFiles });
    throw mismatch(fault);
  }
  const agreed = await settings.ensure(markerSetting, inDatabase ?? randomBytes(16).toString('hex'));
  await writeMarker(store, agreed);
  return agreed;
}

/** Why an unmarked store cannot be taken; null: it can. */
async function findFault({ store, hasFiles }: Pick<AgreeOnMarker, 'store' | 'hasFiles'>): Promise<string | null> {
  const { objects } = await store.list('', { limit: 1 });
  if (objects.length > 0) return 'the object store holds objects but no mark of an installation: give an empty bucket or folder';
  return (await hasFiles()) ? 'the database knows of stored files, and the object store is empty' : null;
}

function mismatch(reason: string): DomainError {
  return new DomainError('internal', `database and object store do not belong together: ${reason}`, { code: 'store_mismatch' });
}
