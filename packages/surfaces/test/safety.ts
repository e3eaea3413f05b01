import { createContentCheck, type ContentCheck, rulesStage, type SafetyFinding } from '@polyreel/core/safety';

/** The real chain with the real rules; a picture shows what the test says. Nothing is logged. */
export const safetyOf = (pictures: () => readonly SafetyFinding[] = () => []): ContentCheck =>
  createContentCheck({
    textStages: [{ stage: rulesStage, timeoutMs: 60_000, onFailure: 'closed' }],
    pictureStages: [
      { stage: { name: 'pictures', judgePicture: async () => pictures() }, timeoutMs: 60_000, onFailure: 'closed' },
    ],
    log: { append: async () => undefined, list: async () => [] },
    logMode: 'off',
    keepsContent: false,
    hashText: (text) => text,
    hashFile: async (path) => path,
    clock: { now: () => new Date() },
    onFault: () => undefined,
  });
