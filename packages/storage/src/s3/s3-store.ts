import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type S3Client,
} from '@aws-sdk/client-s3';
import {
  type ByteRange,
  type Clock,
  DomainError,
  type ObjectContent,
  type ObjectInfo,
  ObjectNotFound,
  type ObjectPage,
  type ObjectStore,
  RangeNotSatisfiable,
} from '@polyreel/core';
import { openBody } from '../body.ts';
import { checkObjectKey } from '../keys.ts';
import { checkListLimit } from '../list-limit.ts';
import { checkRange } from '../range.ts';
import { putS3Object } from './put-s3-object.ts';
import { createLinkClient, createS3Client } from './s3-client.ts';
import { isBeyondEnd, isMissing, refusedRequest, translateS3Error } from './s3-errors.ts';
import { removeS3Leftovers } from './s3-leftovers.ts';
import { signS3Link } from './s3-link.ts';
import type { S3Settings } from './s3-settings.ts';

export interface S3StoreOptions {
  readonly settings: S3Settings;
  readonly clock: Clock;
}

/** A request may take 1000, but some servers need 20 ms for each of them. */
const deleteBatch = 100;
const controlMilliseconds = 30_000;
const controlOptions = () => ({ abortSignal: AbortSignal.timeout(controlMilliseconds) });

/** Objects in a bucket that exists (`ensureS3Bucket`). */
export function createS3Store({ settings, clock }: S3StoreOptions): ObjectStore {
  const client = createS3Client(settings);
  const linkClient = createLinkClient(settings);
  const { bucket } = settings;
  const head = async (key: string): Promise<ObjectInfo | null> => {
    checkObjectKey(key);
    try {
      return describe(await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), controlOptions()));
    } catch (error) {
      if (isMissing(error)) return null;
      throw translateS3Error(error);
    }
  };
  return {
    head,
    async put(key, body, options) {
      const source = openBody(body);
      try {
        checkObjectKey(key);
        options.signal.throwIfAborted();
        return await putS3Object({ client, bucket, key, source, options });
      } finally {
        source.destroy();
      }
    },
    async get(key, { range, signal }) {
      checkObjectKey(key);
      signal.throwIfAborted();
      if (range !== undefined) checkRange(range);
      try {
        return await openS3Object({ client, bucket, key, range, signal });
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (isMissing(error)) throw new ObjectNotFound(key, { cause: error });
        if (range !== undefined && isBeyondEnd(error))
          throw new RangeNotSatisfiable(range.start, (await head(key))?.sizeBytes ?? 0);
        throw translateS3Error(error);
      }
    },
    async delete(key) {
      checkObjectKey(key);
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }), controlOptions()).catch((error: unknown) => {
        if (!isMissing(error)) throw translateS3Error(error);
      });
    },
    async deleteMany(keys) {
      for (const key of keys) checkObjectKey(key);
      for (let start = 0; start < keys.length; start += deleteBatch) {
        await deleteS3Objects({ client, bucket, keys: keys.slice(start, start + deleteBatch) });
      }
    },
    list: (prefix, options) => listS3Objects({ client, bucket, prefix, ...options }),
    async link(key, options) {
      checkObjectKey(key);
      return signS3Link({ client: linkClient, bucket, key, options, clock });
    },
    freeBytes: async () => null,
    async removeLeftovers({ olderThanSeconds, signal }) {
      const before = new Date(clock.now().getTime() - olderThanSeconds * 1000);
      return removeS3Leftovers({ client, bucket, before, signal });
    },
    async close() {
      client.destroy();
      linkClient.destroy();
    },
  };
}

interface Described {
  readonly ContentLength?: number | undefined;
  readonly ContentType?: string | undefined;
  readonly LastModified?: Date | undefined;
  readonly ETag?: string | undefined;
}

function describe({ ContentLength, ContentType, LastModified, ETag }: Described): ObjectInfo {
  if (ContentLength === undefined || LastModified === undefined || ETag === undefined)
    throw unexpected('size, date or ETag is missing');
  return {
    sizeBytes: ContentLength,
    contentType: ContentType ?? 'application/octet-stream',
    modifiedAt: LastModified,
    etag: ETag.startsWith('"') ? ETag : `"${ETag}"`,
  };
}

interface OpenS3Object {
  readonly client: S3Client;
  readonly bucket: string;
  readonly key: string;
  readonly range: ByteRange | undefined;
  readonly signal: AbortSignal;
}

async function openS3Object({ client, bucket, key, range, signal }: OpenS3Object): Promise<ObjectContent> {
  const rangeHeader = range === undefined ? undefined : `bytes=${range.start}-${range.end ?? ''}`;
  const command = new GetObjectCommand({ Bucket: bucket, Key: key, ...(rangeHeader !== undefined && { Range: rangeHeader }) });
  const answer = await client.send(command, { abortSignal: signal });
  if (!(answer.Body instanceof Readable)) throw unexpected('the answer has no body');
  const stream = answer.Body;
  if (range === undefined) return { ...describe(answer), stream };
  const part = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(answer.ContentRange ?? '');
  if (part === null) {
    stream.destroy();
    throw unexpected('a range was asked for and another answer came');
  }
  const info = describe({ ...answer, ContentLength: Number(part[3]) });
  return { ...info, stream, range: { start: Number(part[1]), end: Number(part[2]) } };
}

interface DeleteS3Objects {
  readonly client: S3Client;
  readonly bucket: string;
  readonly keys: readonly string[];
}

async function deleteS3Objects({ client, bucket, keys }: DeleteS3Objects): Promise<void> {
  const command = new DeleteObjectsCommand({
    Bucket: bucket,
    Delete: { Objects: keys.map((key) => ({ Key: key })), Quiet: true },
  });
  const { Errors = [] } = await client.send(command, controlOptions()).catch((error: unknown) => {
    throw translateS3Error(error);
  });
  const failed = Errors.filter(({ Code }) => Code !== 'NoSuchKey');
  if (failed.length === 0) return;
  const cause = new Error(
    `${failed.length} of ${keys.length} objects were not deleted: ${failed[0]?.Code} ${failed[0]?.Message}`,
  );
  throw failed[0]?.Code === 'AccessDenied' ? refusedRequest('AccessDenied', cause) : unexpected(cause.message);
}

interface ListS3Objects {
  readonly client: S3Client;
  readonly bucket: string;
  readonly prefix: string;
  readonly after?: string;
  readonly limit: number;
}

async function listS3Objects({ client, bucket, prefix, after, limit }: ListS3Objects): Promise<ObjectPage> {
  checkListLimit(limit);
  const command = new ListObjectsV2Command({
    Bucket: bucket,
    Prefix: prefix,
    MaxKeys: limit,
    ...(after !== undefined && { StartAfter: after }),
  });
  const { Contents = [], IsTruncated } = await client.send(command, controlOptions()).catch((error: unknown) => {
    throw translateS3Error(error);
  });
  const objects = Contents.map(({ Key, Size, LastModified }) => {
    if (Key === undefined || Size === undefined || LastModified === undefined)
      throw unexpected('a listed object lacks key, size or date');
    return { key: Key, sizeBytes: Size, modifiedAt: LastModified };
  });
  const last = objects.at(-1);
  return { objects, ...(IsTruncated === true && last !== undefined && { next: last.key }) };
}

function unexpected(what: string): DomainError {
  return new DomainError('backend_unavailable', 'the object store gave an unexpected answer', {
    code: 'object_store_unexpected_answer',
    cause: new Error(what),
  });
}
