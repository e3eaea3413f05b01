import { StepError } from '@polyreel/core';

/** A source that cannot be drawn is the caller's: named by the clip that uses it. */
export const unusableAsset = (path: string, message: string, cause?: unknown): StepError =>
  new StepError({ code: 'asset_unusable', publicMessage: `${path}: ${message}`, permanent: true, cause });
