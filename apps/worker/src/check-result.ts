import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { type AccountStore, type ClaimedStep, type JobStore, StepError } from '@polyreel/core';
import type { ContentCheck, SafetyPicture } from '@polyreel/core/safety';
import { type MediaTools, probe, sampleFrames } from '@polyreel/media';
import type { OutputFile } from './steps/step-executor.ts';

export interface ResultToCheck {
  readonly step: ClaimedStep;
  readonly file: OutputFile;
  readonly scratchDir: string;
  readonly signal: AbortSignal;
}

/**
 * Looks at what a job is about to show. True: every stage has judged it. Throws a permanent StepError `content_blocked` for what the key
 * may not make: it is then never stored, and the job ends without a link.
 */
export type CheckResult = (result: ResultToCheck) => Promise<boolean>;

/** A frame a second, at least so many, at most so many. */
const framesMin = 4;
const framesMax = 24;
const longestSidePixels = 448;
/** Pictures that the stages can open. */
const pictureTypes: readonly string[] = ['image/png', 'image/jpeg', 'image/webp', 'image/gif', 'image/avif'];

export function createCheckResult(deps: {
  check: ContentCheck;
  jobs: Pick<JobStore, 'findById'>;
  accounts: Pick<AccountStore, 'readSafetyPolicy'>;
  media: MediaTools;
}): CheckResult {
  return async ({ step, file, scratchDir, signal }) => {
    const isFilm = file.mediaType.startsWith('video/');
    if (!isFilm && !pictureTypes.includes(file.mediaType)) return false;
    const job = await deps.jobs.findById(step.jobId);
    const keyId = job?.keyId ?? null;
    const safety = keyId === null ? null : await deps.accounts.readSafetyPolicy(keyId);
    const frames = isFilm ? await framesOf(deps.media, { file, scratchDir, signal }) : [{ place: file.role, path: file.path }];
    const subject = { accountId: step.accountId, keyId, surface: step.surface, jobId: step.jobId, safety };
    return (await deps.check.checkResult(subject, frames, signal)).isChecked;
  };
}

async function framesOf(
  media: MediaTools,
  { file, scratchDir, signal }: Pick<ResultToCheck, 'file' | 'scratchDir' | 'signal'>,
): Promise<SafetyPicture[]> {
  const seconds = file.facts.durationSeconds ?? (await probe(media, file.path, { signal })).durationSeconds ?? 0;
  const count = Math.min(framesMax, Math.max(framesMin, Math.ceil(seconds)));
  const folder = await mkdtemp(path.join(scratchDir, 'look-'));
  const paths = await sampleFrames(media, { input: file.path, folder, seconds, count, longestSidePixels, signal });
  if (paths.length === 0)
    throw new StepError({ code: 'film_without_picture', publicMessage: 'The film holds no picture', permanent: true });
  return paths.map((frame, index) => ({ place: `${file.role} frame ${index + 1} of ${paths.length}`, path: frame }));
}
