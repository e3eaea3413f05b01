import { AbortMultipartUploadCommand, DeleteObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DomainError, type PutOptions, type StoredObject } from '@polyreel/core';
import { createMeter } from '../body.ts';
import { isMissingUpload, translateS3Error } from './s3-errors.ts';
import { runInUploadScope } from './upload-scope.ts';

interface PutS3Object {
  readonly client: S3Client;
  readonly bucket: string;
  readonly key: string;
  readonly source: Readable;
  readonly options: PutOptions;
}

const partBytesMin = 8 * 1024 * 1024;
const partsMax = 9_000;
/** Memory of one upload: about three times this many parts. */
const partsAtOnce = 2;
const abandonAttempts = 3;
const controlMilliseconds = 30_000;

/** Streams by parts; small bodies go in one PUT. Asks for the size afterwards: only then is the object believed to be there. */
export async function putS3Object({ client, bucket, key, source, options }: PutS3Object): Promise<StoredObject> {
  const meter = createMeter(options);
  const cut = new AbortController();
  // What failed first is the reason; what follows are its consequences.
  let reason: { readonly error: unknown } | undefined;
  const fail = (error: unknown) => {
    reason ??= { error };
    cut.abort();
    meter.stream.destroy(error instanceof Error ? error : new Error('upload failed', { cause: error }));
  };
  const piped = pipeline(source, meter.stream, { signal: options.signal }).catch(fail);
  const upload = new Upload({
    client,
    params: { Bucket: bucket, Key: key, Body: meter.stream, ContentType: options.contentType },
    partSize: Math.max(partBytesMin, Math.ceil((options.sizeBytes ?? options.maxBytes ?? 0) / partsMax)),
    queueSize: partsAtOnce,
  });
  const stop = () => fail(options.signal.reason);
  options.signal.addEventListener('abort', stop, { once: true });
  const scope = { signal: cut.signal, onFailure: (error: unknown) => fail(translateS3Error(error)) };
  try {
    await runInUploadScope(scope, () => upload.done());
    await piped;
    const stored = meter.measure();
    await confirmSize({ client, bucket, key, sizeBytes: stored.sizeBytes });
    return stored;
  } catch (error) {
    fail(error);
    await piped;
    await abandonUpload({ client, bucket, key, uploadId: upload.uploadId });
    if (options.signal.aborted) throw options.signal.reason;
    throw reason === undefined ? error : reason.error;
  } finally {
    options.signal.removeEventListener('abort', stop);
  }
}

interface ConfirmSize {
  readonly client: S3Client;
  readonly bucket: string;
  readonly key: string;
  readonly sizeBytes: number;
}

async function confirmSize({ client, bucket, key, sizeBytes }: ConfirmSize): Promise<void> {
  const object = { Bucket: bucket, Key: key };
  const abortSignal = AbortSignal.timeout(controlMilliseconds);
  const { ContentLength } = await client.send(new HeadObjectCommand(object), { abortSignal }).catch((error: unknown) => {
    throw translateS3Error(error);
  });
  if (ContentLength === sizeBytes) return;
  await client.send(new DeleteObjectCommand(object), { abortSignal });
  throw new DomainError('backend_unavailable', 'the object store did not keep a file', {
    code: 'object_store_size_mismatch',
    cause: new Error(`${key}: ${sizeBytes} bytes were sent, ${ContentLength} are there`),
  });
}

interface AbandonUpload {
  readonly client: S3Client;
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string | undefined;
}

/** lib-storage tries once and gives up. What a dead server keeps even so, `removeLeftovers` finds later. */
async function abandonUpload({ client, bucket, key, uploadId }: AbandonUpload): Promise<void> {
  if (uploadId === undefined) return;
  for (let attempt = 1; attempt <= abandonAttempts; attempt += 1) {
    try {
      const command = new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: uploadId });
      await client.send(command, { abortSignal: AbortSignal.timeout(controlMilliseconds) });
      return;
    } catch (error) {
      if (isMissingUpload(error)) return;
    }
  }
}
