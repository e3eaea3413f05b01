import { S3ServiceException } from '@aws-sdk/client-s3';
import { DomainError } from '@polyreel/core';

const retryAfterSeconds = 30;

export function isMissing(error: unknown): boolean {
  return error instanceof S3ServiceException && (error.name === 'NoSuchKey' || error.name === 'NotFound');
}

export function isMissingUpload(error: unknown): boolean {
  return error instanceof S3ServiceException && error.name === 'NoSuchUpload';
}

export function isBeyondEnd(error: unknown): boolean {
  return error instanceof S3ServiceException && (error.name === 'InvalidRange' || error.$metadata.httpStatusCode === 416);
}

/** DomainErrors pass; refusals are ours to mend (`internal`), everything else may be gone the next time (`backend_unavailable`). */
export function translateS3Error(error: unknown): unknown {
  if (error instanceof DomainError) return error;
  const status = error instanceof S3ServiceException ? (error.$metadata.httpStatusCode ?? 500) : 500;
  const isRefusal = status >= 400 && status < 500 && status !== 408 && status !== 429;
  if (error instanceof S3ServiceException && isRefusal) return refusedRequest(error.name, error);
  return new DomainError('backend_unavailable', 'the object store does not answer', {
    code: 'object_store_unavailable',
    retryAfterSeconds,
    cause: error,
  });
}

export function refusedRequest(reason: string, cause: unknown): DomainError {
  return new DomainError('internal', 'the object store refused a request', {
    code: 'object_store_refused',
    details: { reason },
    cause,
  });
}
