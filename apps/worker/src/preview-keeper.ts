import type { ClaimedStep, FileStore, IdSource, ObjectStore, PreviewSender } from '@polyreel/core';
import type { StepContext } from './steps/step-executor.ts';

export interface PreviewDeps {
  readonly files: Pick<FileStore, 'createPending' | 'markReady'>;
  readonly objects: Pick<ObjectStore, 'put'>;
  readonly ids: Pick<IdSource, 'next'>;
  readonly previews: PreviewSender;
}

/** The least time between two pictures of a step. */
const pauseMs = 1000;
const bytesMax = 1024 * 1024;
/** Should the job's end not come. */
const unclaimedSeconds = 24 * 3600;

/**
 * One object a step and attempt, overwritten by each picture. Its row is an intermediate of the job, so it goes with the job's other ones.
 * One picture is stored at a time; what comes meanwhile is left out.
 */
export function createPreviewKeeper(
  deps: PreviewDeps,
  { step, signal, log }: { step: ClaimedStep; signal: AbortSignal; log: StepContext['log'] },
): (jpeg: Uint8Array) => void {
  let file: { id: string; objectKey: string } | null = null;
  let nextAt = 0;
  let isBusy = false;
  let isClaimed = false;
  let version = 0;
  const store = async (jpeg: Uint8Array): Promise<void> => {
    // An attempt that was handed back has the same number again: its object is another one.
    file ??= newFile(deps.ids.next('file'), step);
    const { id, objectKey } = file;
    // The row first: an object that no row claims would stay until the next search for orphans.
    if (!isClaimed)
      await deps.files.createPending({
        ...{ id, accountId: step.accountId, jobId: step.jobId, origin: 'intermediate', objectKey },
        ...{ mediaType: 'image/jpeg', displayName: 'preview.jpg', expiresInSeconds: unclaimedSeconds },
      });
    isClaimed = true;
    const { sizeBytes, sha256 } = await deps.objects.put(objectKey, jpeg, { contentType: 'image/jpeg', signal });
    if (version === 0)
      await deps.files.markReady({
        id,
        mediaType: 'image/jpeg',
        sizeBytes,
        sha256,
        facts: {},
        expiresInSeconds: unclaimedSeconds,
      });
    version += 1;
    await deps.previews.announce({ jobId: step.jobId, objectKey, version });
  };
  return (jpeg) => {
    const now = performance.now();
    if (isBusy || now < nextAt || signal.aborted || jpeg.byteLength > bytesMax) return;
    isBusy = true;
    nextAt = now + pauseMs;
    store(Uint8Array.from(jpeg))
      .catch((error: unknown) => {
        if (!signal.aborted) log({ err: error }, 'a preview was not stored');
      })
      .finally(() => {
        isBusy = false;
      });
  };
}

const newFile = (id: string, { jobId, stepId, attempt }: ClaimedStep) => ({
  id,
  objectKey: `jobs/${jobId}/${stepId}/${attempt}/preview-${id}.jpg`,
});
