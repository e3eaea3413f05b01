import type { z } from 'zod';
import { filmCanvas } from './canvas.ts';
import { checkedSeconds, clipRate } from './clip.ts';
import { badParameter } from './errors.ts';
import { eitherId } from './inputs.ts';
import { findPresenter, presenterStill } from './presenters.ts';
import type { avatarSchema } from './schemas.ts';
import type { ToolContext, ToolRequest } from './tools.ts';

const longestSeconds = 600;

/** A presenter of this server speaks a recording. */
export async function toAvatarSpec(wish: z.infer<typeof avatarSchema>, context: ToolContext): Promise<ToolRequest> {
  const { deps, principal, inputs, seed, outputName } = context;
  if (wish.actorEntityId) throw badParameter('actorEntityId: entities are not available on this server, use avatarPresenterId');
  if (!wish.avatarPresenterId) throw badParameter('avatarPresenterId is required');
  const presenter = findPresenter(wish.avatarPresenterId);
  const sound = await inputs.file(eitherId('audioFileId', wish.audioFileId, wish.audioStorageFileId), 'audioFileId', 'audio');
  const audioSeconds = checkedSeconds(sound, longestSeconds);
  const still = presenterStill(presenter);
  const image = await deps.intake.keep(
    principal,
    { path: still.path, mediaType: 'image/jpeg', displayName: 'presenter.jpg', facts: still.size },
    AbortSignal.timeout(60_000),
  );
  return {
    inputFileIds: [image.fileId, sound.id],
    common: wish,
    description: `Avatar speaking: ${sound.description ?? sound.displayName}`,
    spec: {
      kind: 'animate',
      specVersion: 1,
      model: 'wan22-s2v',
      image,
      audio: { fileId: sound.id },
      audioSeconds,
      canvas: filmCanvas({ width: 1, height: 1 }, wish.avatarQuality ?? 'STANDARD'),
      frameRate: clipRate,
      seed,
      prompt: 'A presenter speaks to the camera',
      outputName,
    },
  };
}
