import { createWriteStream } from 'node:fs';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Artifact, type ClaimedStep, type FileStore, type IdSource, type ObjectStore, type PreviewSender, StepError } from '@polyreel/core';
import type { CheckResult } from './check-result.ts';
import { createPreviewKeeper } from './preview-keeper.ts';
import type { StepContext } from './steps/step-executor.ts';

/** Rows of outputs live this long unless the job's success keeps them. */
const unclaimedSeconds = 24 * 3600;

export interface StepContextDeps {
  readonly files: FileStore;
  readonly objects: ObjectStore;
  readonly ids: IdSource;
  readonly checkResult: CheckResult;
  /** Tells who follows a job of a new picture. */
  readonly previews: PreviewSender;
}

export function createStepContext(
  deps: StepContextDeps,
  run: {
    step: ClaimedStep;
    signal: AbortSignal;
    scratchDir: string;
    onProgress: (ratio: number) => void;
    isHandedOver: () => boolean;
    log: StepContext['log'];
  },
): StepContext {
  const { step, signal, scratchDir } = run;
  const fetchObject = async (objectKey: string): Promise<string> => {
    const target = path.join(scratchDir, randomUUID());
    const { stream } = await deps.objects.get(objectKey, { signal });
    await pipeline(stream, createWriteStream(target), { signal });
    return target;
  };
  return {
    ...run,
    onPreview: createPreviewKeeper(deps, run),
    async fetchFile(fileId) {
      const file = await deps.files.findOfAccount({ accountId: step.accountId, id: fileId });
      if (file?.state !== 'ready')
        throw new StepError({ code: 'input_missing', publicMessage: 'An input file is no longer available', permanent: true });
      return fetchObject(file.objectKey);
    },
    fetchArtifact: (artifact) => fetchObject(artifact.objectKey),
    async keep(file, as) {
      const isChecked = as === 'output' && (await deps.checkResult({ step, file, scratchDir, signal }));
      const id = deps.ids.next('file');
      const objectKey = `jobs/${step.jobId}/${step.stepId}/${step.attempt}/${id}`;
      await deps.files.createPending({
        id,
        accountId: step.accountId,
        jobId: step.jobId,
        origin: as,
        objectKey,
        mediaType: file.mediaType,
        displayName: file.name,
        expiresInSeconds: unclaimedSeconds,
      });
      const stored = await deps.objects.put(objectKey, { path: file.path }, { contentType: file.mediaType, signal });
      const ready = await deps.files.markReady({
        id,
        mediaType: file.mediaType,
        sizeBytes: stored.sizeBytes,
        sha256: stored.sha256,
        facts: file.facts,
        expiresInSeconds: unclaimedSeconds,
      });
      if (!ready)
        throw new StepError({ code: 'file_row_lost', publicMessage: 'The result could not be stored', permanent: false });
      const artifact: Artifact = {
        role: file.role,
        fileId: id,
        objectKey,
        mediaType: file.mediaType,
        sizeBytes: stored.sizeBytes,
        name: file.name,
        ...file.facts,
        ...(isChecked && { isChecked }),
      };
      return artifact;
    },
    resultOf(stepKey) {
      const result = step.results[stepKey];
      if (!result)
        throw new StepError({ code: 'input_missing', publicMessage: `Step ${stepKey} has no result`, permanent: true });
      return result;
    },
  };
}
