import { CreateBucketCommand, HeadBucketCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { createS3Client } from './s3-client.ts';
import { translateS3Error } from './s3-errors.ts';
import type { S3Settings } from './s3-settings.ts';

const waitMilliseconds = 30_000;

/** Makes the bucket when it is missing, as on the first start of a fresh store. True: it was made now. */
export async function ensureS3Bucket(settings: S3Settings): Promise<boolean> {
  const client = createS3Client(settings);
  try {
    return (await hasBucket(client, settings.bucket)) ? false : await makeBucket(client, settings.bucket);
  } catch (error) {
    throw translateS3Error(error);
  } finally {
    client.destroy();
  }
}

async function hasBucket(client: S3Client, bucket: string): Promise<boolean> {
  try {
    await client.send(new HeadBucketCommand({ Bucket: bucket }), { abortSignal: AbortSignal.timeout(waitMilliseconds) });
    return true;
  } catch (error) {
    if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404) return false;
    throw error;
  }
}

async function makeBucket(client: S3Client, bucket: string): Promise<boolean> {
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket }), { abortSignal: AbortSignal.timeout(waitMilliseconds) });
    return true;
  } catch (error) {
    // Another process of ours was quicker.
    if (error instanceof S3ServiceException && error.name === 'BucketAlreadyOwnedByYou') return false;
    throw error;
  }
}
