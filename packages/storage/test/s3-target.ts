import { CreateMultipartUploadCommand, ListMultipartUploadsCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import type { TestS3 } from '@polyreel/testkit/s3';
import type { ConformanceTarget } from '../src/conformance/target.ts';
import { ensureS3Bucket } from '../src/s3/ensure-bucket.ts';
import { createS3Client } from '../src/s3/s3-client.ts';
import type { S3Settings } from '../src/s3/s3-settings.ts';
import { createS3Store } from '../src/s3/s3-store.ts';
import { systemClock } from './fs-target.ts';

export const s3SettingsOf = (server: TestS3): S3Settings => ({
  endpoint: server.endpoint,
  publicEndpoint: null,
  bucket: 'polyreel',
  region: server.region,
  credentials: { accessKeyId: server.accessKeyId, secretAccessKey: server.secretAccessKey },
  forcePathStyle: true,
  checksums: server.checksums,
});

/** Open multipart uploads of the bucket. */
export async function listUploads(settings: S3Settings): Promise<string[]> {
  const client = createS3Client(settings);
  try {
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: settings.bucket }));
    return Uploads.map(({ Key, UploadId }) => `${Key} ${UploadId}`);
  } finally {
    client.destroy();
  }
}

async function beginUpload({ bucket, ...settings }: S3Settings, key: string): Promise<void> {
  const client = createS3Client({ bucket, ...settings });
  const object = { Bucket: bucket, Key: key };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(object));
  await client.send(new UploadPartCommand({ ...object, UploadId, PartNumber: 1, Body: Buffer.alloc(5 * 1024 * 1024) }));
  client.destroy();
}

export async function openS3Target(server: TestS3): Promise<ConformanceTarget> {
  const settings = s3SettingsOf(server);
  await ensureS3Bucket(settings);
  const store = createS3Store({ settings, clock: systemClock });
  return {
    store,
    withClock: async (clock) => createS3Store({ settings, clock }),
    withWrongSecret: async () => createS3Store({ settings: withWrongSecret(settings), clock: systemClock }),
    unsignedUrl: (key) => `${server.endpoint}/${settings.bucket}/${key.split('/').map(encodeURIComponent).join('/')}`,
    abandonWrite: (key) => beginUpload(settings, key),
    leftovers: () => listUploads(settings),
    async close() {
      await store.close();
      await server.stop();
    },
  };
}

export function withWrongSecret(settings: S3Settings): S3Settings {
  const accessKeyId = settings.credentials?.accessKeyId ?? '';
  return { ...settings, credentials: { accessKeyId, secretAccessKey: 'another-secret' } };
}
