import type { Clock, ObjectStore, SettingStore } from '@polyreel/core';
import { createFsStore } from './fs/fs-store.ts';
import type { LinkSigner } from './links/link-signer.ts';
import { agreeOnMarker } from './marker.ts';
import { ensureS3Bucket } from './s3/ensure-bucket.ts';
import { createS3Store } from './s3/s3-store.ts';
import type { S3Settings } from './s3/s3-settings.ts';

export type ObjectStoreSettings = { readonly adapter: 'fs'; readonly folder: string } | ({ readonly adapter: 's3' } & S3Settings);

export interface OpenObjectStoreOptions {
  readonly objects: ObjectStoreSettings;
  /** Base of `/files` links of the `fs` adapter. */
  readonly publicUrl: string;
  readonly signer: LinkSigner;
  readonly clock: Clock;
  readonly settings: SettingStore;
  hasFiles(): Promise<boolean>;
}

/** The configured store, once it is sure to belong to the same installation as the database. Throws as `agreeOnMarker` does. */
export async function openObjectStore(options: OpenObjectStoreOptions): Promise<ObjectStore> {
  const { objects, clock } = options;
  const store = await openAdapter(options, objects, clock);
  try {
    await agreeOnMarker({ store, settings: options.settings, hasFiles: options.hasFiles });
  } catch (error) {
    await store.close();
    throw error;
  }
  return store;
}

async function openAdapter(options: OpenObjectStoreOptions, objects: ObjectStoreSettings, clock: Clock): Promise<ObjectStore> {
  if (objects.adapter === 'fs')
    return createFsStore({ folder: objects.folder, publicUrl: options.publicUrl, signer: options.signer, clock });
  await ensureS3Bucket(objects);
  return createS3Store({ settings: objects, clock });
}
