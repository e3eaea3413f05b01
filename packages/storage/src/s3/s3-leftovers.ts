import { AbortMultipartUploadCommand, ListMultipartUploadsCommand, type S3Client } from '@aws-sdk/client-s3';
import { isMissingUpload, translateS3Error } from './s3-errors.ts';

interface S3Leftovers {
  readonly client: S3Client;
  readonly bucket: string;
  /** Only uploads that began before. */
  readonly before: Date;
  readonly signal: AbortSignal;
}

const callMilliseconds = 30_000;

/** Aborts multipart uploads that nobody will finish. Returns how many. */
export async function removeS3Leftovers(query: S3Leftovers): Promise<number> {
  let removed = 0;
  for await (const { key, uploadId } of listOldUploads(query)) removed += await abortUpload(query, key, uploadId);
  return removed;
}

async function* listOldUploads({
  client,
  bucket,
  before,
  signal,
}: S3Leftovers): AsyncGenerator<{ key: string; uploadId: string }> {
  let marker: { KeyMarker?: string; UploadIdMarker?: string } = {};
  for (;;) {
    const command = new ListMultipartUploadsCommand({ Bucket: bucket, ...marker });
    const page = await client.send(command, { abortSignal: bounded(signal) }).catch((error: unknown) => {
      throw signal.aborted ? signal.reason : translateS3Error(error);
    });
    for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
      if (Key !== undefined && UploadId !== undefined && Initiated !== undefined && Initiated < before) {
        yield { key: Key, uploadId: UploadId };
      }
    }
    if (page.IsTruncated !== true || page.NextKeyMarker === undefined) return;
    marker = {
      KeyMarker: page.NextKeyMarker,
      ...(page.NextUploadIdMarker !== undefined && { UploadIdMarker: page.NextUploadIdMarker }),
    };
  }
}

async function abortUpload({ client, bucket, signal }: S3Leftovers, key: string, uploadId: string): Promise<number> {
  const command = new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: uploadId });
  try {
    await client.send(command, { abortSignal: bounded(signal) });
    return 1;
  } catch (error) {
    if (isMissingUpload(error)) return 0;
    throw signal.aborted ? signal.reason : translateS3Error(error);
  }
}

function bounded(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(callMilliseconds)]);
}
