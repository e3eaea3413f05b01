import type { Config } from '@polyreel/config';
import type { ListedObject, ObjectStore } from '@polyreel/core';
import { createFsStore, createLinkSigner, createS3Store, ensureS3Bucket } from '@polyreel/storage';
import { readSecretKeys } from '../run/place.ts';

const pageSize = 1000;

/** The object store as it is, without asking whether it belongs to the database: a backup is about both. */
export async function openObjects(config: Config): Promise<ObjectStore> {
  const clock = { now: () => new Date() };
  if (config.objects.adapter === 's3') {
    await ensureS3Bucket(config.objects);
    return createS3Store({ settings: config.objects, clock });
  }
  const { current, previous } = await readSecretKeys(config);
  const signer = createLinkSigner({ secretKey: current, previousKeys: previous, clock });
  return createFsStore({ folder: config.objects.folder, publicUrl: config.publicUrl, signer, clock });
}

export async function* listAllObjects(store: ObjectStore): AsyncGenerator<ListedObject> {
  let after: string | undefined;
  do {
    const page = await store.list('', { limit: pageSize, ...(after !== undefined && { after }) });
    yield* page.objects;
    after = page.next;
  } while (after !== undefined);
}
