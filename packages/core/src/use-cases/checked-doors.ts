import type { Engine } from './engine.ts';
import type { Intake } from './intake.ts';
import type { SafetyPicture } from '../ports/content-safety.ts';
import { textsOf } from '../safety/texts-of-spec.ts';
import type { ContentCheck } from './check-content.ts';

/** Pictures that came into an account's library past the intake. */
export interface UploadedPictures {
  /** Calls `look` with the picture on local disk, for as long as it takes; not at all for what is no uploaded picture of the account's. */
  look(query: { accountId: string; fileId: string }, look: (picture: SafetyPicture) => Promise<unknown>): Promise<void>;
}

/** Nobody looks. */
export const noUploadedPictures: UploadedPictures = { look: async () => undefined };

/**
 * The engine behind the check: whatever surface a spec comes from, its texts and the uploaded pictures it starts from are judged before it
 * is planned and queued. Throws what `checkTexts` and `checkPicture` throw.
 */
export const checkedEngine = (engine: Engine, check: ContentCheck, pictures: UploadedPictures): Engine => ({
  ...engine,
  async submit(request) {
    const { principal, surface } = request;
    await check.checkTexts({ ...principal, surface }, textsOf(request.spec));
    for (const fileId of request.inputFileIds)
      await pictures.look({ accountId: principal.accountId, fileId }, (picture) =>
        check.checkPicture({ ...principal, surface }, picture),
      );
    return engine.submit(request);
  },
});

/** The intake behind the check: a picture is judged before it is kept. Throws what `checkPicture` throws. */
export const checkedIntake = (intake: Intake, check: ContentCheck): Intake => ({
  ...intake,
  async keep(principal, file, signal) {
    if (file.mediaType.startsWith('image/')) await check.checkPicture(principal, { place: file.displayName, path: file.path });
    return intake.keep(principal, file, signal);
  },
});
