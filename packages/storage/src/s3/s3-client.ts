import { createHash } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import type { S3Settings } from './s3-settings.ts';
import { UploadScopeHandler, watchUploads } from './upload-scope.ts';

const connectMilliseconds = 5_000;
/** From sending to the first byte of the answer: an 8 MiB part at 70 KB/s, or the assembly of a large upload. */
const answerMilliseconds = 120_000;
const attemptsMax = 4;

export function createS3Client(settings: S3Settings): S3Client {
  const whenRequired = settings.checksums === 'when-required';
  const client = new S3Client({
    ...(settings.endpoint !== null && { endpoint: settings.endpoint }),
    ...(settings.credentials !== null && { credentials: settings.credentials }),
    region: settings.region,
    forcePathStyle: settings.forcePathStyle,
    maxAttempts: attemptsMax,
    requestHandler: new UploadScopeHandler({
      connectionTimeout: connectMilliseconds,
      requestTimeout: answerMilliseconds,
      socketTimeout: answerMilliseconds,
      throwOnRequestTimeout: true,
    }),
    ...(whenRequired && { requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' }),
  });
  watchUploads(client);
  if (whenRequired) addContentMd5(client);
  return client;
}

/**
 * Signs links, sends nothing. Never asks for a checksum in the answer: that would put a parameter into the link that older servers
 * do not know.
 */
export function createLinkClient(settings: S3Settings): S3Client {
  const endpoint = settings.publicEndpoint ?? settings.endpoint;
  return new S3Client({
    ...(endpoint !== null && { endpoint }),
    ...(settings.credentials !== null && { credentials: settings.credentials }),
    region: settings.region,
    forcePathStyle: settings.forcePathStyle,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}

/** Servers from before 2023 want Content-MD5 on DeleteObjects; the SDK sends a CRC32 in its place. */
function addContentMd5(client: S3Client): void {
  client.middlewareStack.add(
    (next, context) => async (input) => {
      const { request } = input;
      if (context.commandName === 'DeleteObjectsCommand' && hasTextBody(request)) {
        request.headers['content-md5'] = createHash('md5').update(request.body).digest('base64');
      }
      return next(input);
    },
    { step: 'build', priority: 'low', name: 'contentMd5' },
  );
}

function hasTextBody(request: unknown): request is { headers: Record<string, string>; body: string | Uint8Array } {
  if (typeof request !== 'object' || request === null || !('headers' in request) || !('body' in request)) return false;
  return typeof request.body === 'string' || request.body instanceof Uint8Array;
}
