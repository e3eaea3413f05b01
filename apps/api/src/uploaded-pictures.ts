import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { LibraryStore, ObjectStore } from '@polyreel/core';
import type { UploadedPictures } from '@polyreel/core/safety';

const timeoutMs = 60_000;

/** Uploads stream past the gateway into the store; where a job starts from one, it is brought back for the judges. */
export const createUploadedPictures = (deps: {
  library: Pick<LibraryStore, 'findById'>;
  objects: Pick<ObjectStore, 'get'>;
  scratchRoot: string;
}): UploadedPictures => ({
  async look({ accountId, fileId }, look) {
    const file = await deps.library.findById(fileId);
    const isUploaded = file?.accountId === accountId && file.origin === 'upload' && file.collection !== null;
    if (!isUploaded || file.state !== 'ready' || !file.mediaType.startsWith('image/') || file.mediaType === 'image/svg+xml')
      return;
    const folder = await mkdtemp(path.join(deps.scratchRoot, 'picture-'));
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      const target = path.join(folder, 'picture');
      const { stream } = await deps.objects.get(file.objectKey, { signal });
      await pipeline(stream, createWriteStream(target), { signal });
      await look({ place: file.displayName, path: target });
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    }
  },
});
