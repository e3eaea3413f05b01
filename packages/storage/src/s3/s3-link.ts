import { GetObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { Clock, LinkOptions } from '@polyreel/core';
import { contentDisposition } from '../links/disposition.ts';
import { checkLinkOptions } from '../links/file-links.ts';

interface SignS3Link {
  readonly client: S3Client;
  readonly bucket: string;
  readonly key: string;
  readonly options: LinkOptions;
  readonly clock: Clock;
}

export function signS3Link({ client, bucket, key, options, clock }: SignS3Link): Promise<string> {
  checkLinkOptions(options);
  const { method = 'GET', expiresInSeconds, contentType, disposition } = options;
  const input = {
    Bucket: bucket,
    Key: key,
    ResponseContentType: contentType,
    ResponseContentDisposition: contentDisposition(contentType, disposition),
  };
  const signing = { expiresIn: expiresInSeconds, signingDate: clock.now() };
  return method === 'GET'
    ? getSignedUrl(client, new GetObjectCommand(input), signing)
    : getSignedUrl(client, new HeadObjectCommand(input), signing);
}
