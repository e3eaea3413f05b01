import { DomainError, type Principal, type StoredAnswer } from '@polyreel/core';
import { ApiError } from '../shared/api-error.ts';
import {
  answerOf,
  findReplay,
  idempotencyOf,
  replayed,
  sha256OfFile,
  type Submitted,
  withAnswer,
} from '../shared/idempotency.ts';
import { mintCuid, mintSeed } from '../shared/mint-ids.ts';
import type { SurfaceDeps } from '../surface.ts';
import { checkWebhookUrl } from './check-webhook-url.ts';
import { words } from './errors.ts';
import type { ReceivedFile, Submission } from './receive.ts';
import type { Settings } from './schemas.ts';
import { toSpec } from './to-spec.ts';

const imageTypes = ['image/jpeg', 'image/png', 'image/webp'];
const audioTypes = ['audio/mpeg', 'audio/wav', 'audio/mp4', 'audio/ogg'];
export const exclusiveKeyOf = (principal: Principal, settings: Settings): string =>
  `vidgen-v1:${settings.VIDGEN_V1_ACTIVE_JOB_SCOPE === 'key' ? principal.keyId : principal.accountId}`;

/** Looks at both files, keeps them, submits. Faults in the contract's order: fields, types, decodability, then state. */
export async function submit(
  deps: SurfaceDeps,
  settings: Settings,
  principal: Principal,
  submission: Submission,
  idempotencyKey: string | null,
): Promise<Submitted> {
  const webhookUrl = checkWebhookUrl(submission.webhookUrl, deps.isForbiddenHost);
  await checkType(deps, submission.image, 'image', imageTypes);
  await checkType(deps, submission.audio, 'audio', audioTypes);
  const image = await decode(words.imageUndecodable, () => deps.inspector.inspectImage(submission.image.path));
  const audio = await decode(words.audioUndecodable, () => deps.inspector.inspectAudio(submission.audio.path));
  if (audio.seconds > settings.VIDGEN_V1_MAX_AUDIO_SECONDS)
    throw new ApiError(400, `audio is longer than ${settings.VIDGEN_V1_MAX_AUDIO_SECONDS} seconds`);
  const idempotency = idempotencyOf(idempotencyKey, {
    fields: { webhookUrl },
    files: await hashesOf(submission, idempotencyKey),
  });
  const findFirst = () => findReplay(deps, { principal, surface: 'vidgen-v1', idempotency });
  const first = await findFirst();
  if (first) return replayed(first, answerFor(first.externalId));
  const exclusiveKey = exclusiveKeyOf(principal, settings);
  const active = await deps.engine.findActive(exclusiveKey);
  // An equal request may have made that very job in between.
  const equal = active && (await findFirst());
  if (equal) return replayed(equal, answerFor(equal.externalId));
  if (active) throw new ApiError(409, words.activeJob, { extras: { activeJobId: active.externalId } });

  await deps.engine.assertFreeSpace();
  const signal = AbortSignal.timeout(120_000);
  const externalId = mintCuid(deps.randomBytes);
  const keptImage = await deps.intake.keep(
    principal,
    {
      path: submission.image.path,
      mediaType: image.mediaType,
      displayName: 'image',
      facts: { width: image.width, height: image.height },
    },
    signal,
  );
  const keptAudio = await deps.intake.keep(
    principal,
    { path: submission.audio.path, mediaType: audio.mediaType, displayName: 'audio', facts: { seconds: audio.seconds } },
    signal,
  );
  const job = await deps.engine.submit({
    principal,
    surface: 'vidgen-v1',
    externalId,
    spec: toSpec({
      externalId,
      image: { ...keptImage, width: image.width, height: image.height },
      audio: { ...keptAudio, seconds: audio.seconds },
      seed: mintSeed(deps.randomBytes),
    }),
    clientRef: { webhookUrl },
    exclusiveKey,
    ...(webhookUrl !== null && { callback: { url: webhookUrl, events: ['job.succeeded', 'job.failed'] } }),
    inputFileIds: [keptImage.fileId, keptAudio.fileId],
    idempotency: withAnswer(idempotency, answerFor(externalId)),
  });
  if (job.externalId !== externalId) return replayed(job, answerFor(job.externalId));
  return { job, isReplay: false, answer: answerFor(externalId) };
}

const answerFor = (jobId: string): StoredAnswer => answerOf(201, { message: 'Job created', jobId });

/** Of the files' bytes, for the print of a request that may be repeated. */
async function hashesOf({ image, audio }: Submission, idempotencyKey: string | null): Promise<Record<string, string>> {
  if (idempotencyKey === null) return {};
  return { image: await sha256OfFile(image.path), audio: await sha256OfFile(audio.path) };
}

/**
 * By content alone: curl and Node send most of these types as application/octet-stream. A declared type could only refuse what the
 * bytes refuse anyway.
 */
async function checkType(
  deps: SurfaceDeps,
  file: ReceivedFile,
  family: 'image' | 'audio',
  accepted: readonly string[],
): Promise<void> {
  const found = await deps.inspector.identify(file.path);
  if (found.family === family && accepted.includes(found.mediaType)) return;
  throw new ApiError(415, family === 'image' ? words.imageType : words.audioType, {
    extras: { detectedType: found.mediaType, declaredType: file.declaredType.slice(0, 100) },
  });
}

async function decode<T>(text: string, inspect: () => Promise<T>): Promise<T> {
  try {
    return await inspect();
  } catch (cause) {
    if (cause instanceof DomainError && cause.kind === 'unsupported_media') throw new ApiError(400, text, { cause });
    throw cause;
  }
}
