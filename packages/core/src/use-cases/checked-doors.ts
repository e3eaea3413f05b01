import type { Engine } from './engine.ts';
import type { Intake } from './intake.ts';
import { textsOf } from '../safety/texts-of-spec.ts';
import type { ContentCheck } from './check-content.ts';

/**
 * The engine behind the check: whatever surface a spec comes from, its texts are judged before it is planned and queued. Throws what
 * `checkTexts` throws.
 */
export const checkedEngine = (engine: Engine, check: ContentCheck): Engine => ({
  ...engine,
  async submit(request) {
    await check.checkTexts({ ...request.principal, surface: request.surface }, textsOf(request.spec));
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
