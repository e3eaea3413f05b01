import { stat } from 'node:fs/promises';
import path from 'node:path';
import { type Artifact, allOrNone, type Clock, type ProvenanceStore, type StepParamsOf, type Warning } from '@polyreel/core';
import { extractThumbnail, type MediaTools, sniffFile } from '@polyreel/media';
import { fingerprintFilm } from '@polyreel/media/fingerprint';
import { type Ingredient, type OpenCredential, SIGNED_BYTES_MAX, type SignedMedia, signMedia } from '@polyreel/media/provenance';
import { formatWatermarkId, markFilm, type Watermarker } from '@polyreel/media/watermark';
import { openFilm, openVisibleMark, type StoredFilm } from './open-film.ts';
import type { OutputFile, StepContext, StepExecutor } from './step-executor.ts';

export interface PublishFilmDeps {
  readonly media: MediaTools;
  readonly provenance: ProvenanceStore;
  readonly watermarker: Watermarker;
  /** Null: the operator wants no signatures. */
  readonly signing: {
    readonly credential: OpenCredential;
    readonly timeStampUrl: string | null;
    readonly embedBytesMax: number;
  } | null;
  readonly version: string;
  readonly clock: Clock;
  /** Unpredictable. */
  randomBytes(size: number): Buffer;
}

/**
 * The last step of a film that is published: marks, one encode, thumbnail and fingerprint of what will be seen, the record by which a copy
 * is found again, and the signatures last of all, because nothing may touch a signed file.
 */
export function createPublishFilm(deps: PublishFilmDeps): StepExecutor<'publish-film'> {
  return async (params, context) => {
    const source = await openFilm(deps.media, params.film.fromStep, context);
    const watermarkId = params.publish.hasInvisibleMark ? await reserveId(deps, context) : undefined;
    const film = await mark(deps, { params, context, source, watermarkId });
    context.onProgress(0.7);
    const thumbnail = path.join(context.scratchDir, 'thumbnail.jpg');
    const [fingerprint] = await allOrNone(context.signal, (signal) => [
      fingerprintFilm(deps.media, { input: film, kind: 'mp4', signal }),
      extractThumbnail(deps.media, { input: film, output: thumbnail, signal }),
    ]);
    context.onProgress(0.8);
    const facts = { watermarkId, fingerprint: fingerprint.middle };
    const signed = await signAll(deps, { params, context, film, thumbnail, facts });
    context.onProgress(0.95);
    await deps.provenance.record({
      jobId: context.step.jobId,
      accountId: context.step.accountId,
      watermarkId: watermarkId ?? null,
      fingerprint: fingerprint.middle,
      manifest: signed.form,
      frames: fingerprint.frames,
    });
    const size = { width: source.width, height: source.height };
    const filmFacts = { ...size, frameCount: source.frameCount, durationSeconds: source.seconds };
    const output = (role: OutputFile['role'], file: string, mediaType: string, ending: string, more: OutputFile['facts'] = {}) =>
      context.keep({ role, path: file, mediaType, name: `${params.outputName}${ending}`, facts: more }, 'output');
    const kept: Artifact = {
      ...(await output('film', signed.film, 'video/mp4', '.mp4', filmFacts)),
      provenance: { fingerprint: fingerprint.middle, manifest: signed.form, ...(watermarkId !== undefined && { watermarkId }) },
    };
    const artifacts = [
      kept,
      await output('thumbnail', signed.thumbnail, 'image/jpeg', '_thumb.jpg', size),
      ...(signed.sidecar === null ? [] : [await output('document', signed.sidecar, 'application/c2pa', '.c2pa')]),
    ];
    return { artifacts, warnings: signed.warnings, jobArtifacts: artifacts };
  };
}

/** Before the film is marked: an id that is in a film is also in the books, whenever the process dies. */
const reserveId = ({ provenance, randomBytes }: PublishFilmDeps, { step }: StepContext): Promise<string> =>
  provenance.reserveWatermarkId({
    jobId: step.jobId,
    accountId: step.accountId,
    watermarkId: formatWatermarkId(randomBytes(8).readBigUInt64BE()),
  });

async function mark(
  deps: PublishFilmDeps,
  work: { params: StepParamsOf<'publish-film'>; context: StepContext; source: StoredFilm; watermarkId: string | undefined },
): Promise<string> {
  const { params, context, source, watermarkId } = work;
  const visible = params.publish.visibleMark && (await openVisibleMark(params.publish.visibleMark, context));
  if (visible === undefined && watermarkId === undefined) return source.path;
  const output = path.join(context.scratchDir, 'marked.mp4');
  await markFilm(deps.media, {
    input: source.path,
    output,
    canvas: { width: source.width, height: source.height },
    frameRate: source.frameRate,
    frameCount: source.frameCount,
    visible,
    ...(watermarkId !== undefined && { invisible: { watermarker: deps.watermarker, id: watermarkId } }),
    signal: context.signal,
    onProgress: (ratio) => context.onProgress(ratio * 0.7),
  });
  return output;
}

interface Signed {
  readonly film: string;
  readonly thumbnail: string;
  /** A manifest to be kept beside the film. */
  readonly sidecar: string | null;
  readonly form: 'embedded' | 'sidecar' | 'none';
  readonly warnings: readonly Warning[];
}

async function signAll(
  deps: PublishFilmDeps,
  work: {
    params: StepParamsOf<'publish-film'>;
    context: StepContext;
    film: string;
    thumbnail: string;
    facts: { watermarkId: string | undefined; fingerprint: string };
  },
): Promise<Signed> {
  const { params, context, film, thumbnail, facts } = work;
  const plain: Signed = { film, thumbnail, sidecar: null, form: 'none', warnings: [] };
  if (deps.signing === null) return plain;
  const { credential, timeStampUrl, embedBytesMax } = deps.signing;
  if ((await stat(film)).size > SIGNED_BYTES_MAX)
    return { ...plain, warnings: [{ code: 'not-signed', details: { reason: 'too-large', most: String(SIGNED_BYTES_MAX) } }] };
  const said = {
    generator: { name: 'Polyreel', version: deps.version },
    softwareAgents: params.softwareAgents,
    createdAt: deps.clock.now(),
    hasVisibleMark: params.publish.visibleMark !== undefined,
    credits: params.publish.credits,
  };
  const shared = { credential, timeStampUrl, embedBytesMax };
  const ingredients = await fetchIngredients(params, context);
  const output = path.join(context.scratchDir, 'signed.mp4');
  const signedThumbnail = path.join(context.scratchDir, 'signed.jpg');
  const [answer, second] = await allOrNone(context.signal, (signal) => [
    signMedia({
      ...{ ...shared, signal, input: film, output, mediaType: 'video/mp4', ingredients },
      facts: { ...said, ...facts, title: `${params.outputName}.mp4` },
    }),
    signMedia({
      ...{ ...shared, signal, input: thumbnail, output: signedThumbnail, mediaType: 'image/jpeg', ingredients: [] },
      // Small whatever the limit for films is, and shown by itself.
      embedBytesMax: SIGNED_BYTES_MAX,
      facts: { ...said, ...facts, title: `${params.outputName}_thumb.jpg` },
    }),
  ]);
  context.log({ form: answer.form, milliseconds: answer.milliseconds, isTimeStamped: answer.isTimeStamped }, 'film signed');
  const isEmbedded = answer.form === 'embedded';
  return {
    film: isEmbedded ? output : film,
    thumbnail: signedThumbnail,
    sidecar: isEmbedded ? null : output,
    form: answer.form,
    warnings: [...stampWarnings(answer, second, context), ...(isEmbedded ? [] : [{ code: 'manifest-beside-film', details: {} }])],
  };
}

function stampWarnings(film: SignedMedia, thumbnail: SignedMedia, context: StepContext): Warning[] {
  const fault = film.timeStampFault ?? thumbnail.timeStampFault;
  if (fault === null) return [];
  context.log({ fault }, 'no time stamp');
  return [{ code: 'no-time-stamp', details: {} }];
}

async function fetchIngredients(params: StepParamsOf<'publish-film'>, context: StepContext): Promise<Ingredient[]> {
  const ingredients: Ingredient[] = [];
  for (const { fileId, label, title } of params.ingredients) {
    const file = await context.fetchFile(fileId);
    const { mediaType } = await sniffFile(file);
    ingredients.push({ label, title, mediaType, path: file });
  }
  return ingredients;
}
