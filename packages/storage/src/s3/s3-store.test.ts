import { findMissingForS3, s3ServerKinds, startS3 } from '@polyreel/testkit/s3';
import { inject, it } from 'vitest';
import { describeObjectStore } from '../conformance/index.ts';
import { roundTripOptions } from '../../test/round-trip-options.ts';
import { openS3Target } from '../../test/s3-target.ts';

for (const kind of s3ServerKinds) {
  const missing = await findMissingForS3(kind);
  if (missing !== null && !inject('requireAll')) it.skip(`S3 on ${kind}: ${missing} is missing`);
  else
    describeObjectStore(`S3 on ${kind}`, async () => openS3Target(await startS3(kind)), {
      ...roundTripOptions(inject('testScale')),
      // Swift's object server lists the folder of an object before it opens the newest file there.
      mayMissWhileReplacing: kind.startsWith('swift'),
    });
}
