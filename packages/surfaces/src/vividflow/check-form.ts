import path from 'node:path';
import { type Canvas, DomainError, type Principal } from '@polyreel/core';
import { type SafetyText, textsOf } from '@polyreel/core/safety';
import { ApiError } from '../shared/api-error.ts';
import type { ScratchFolder, SurfaceDeps } from '../surface.ts';
import { surfaceName } from './call.ts';
import { badParameters, contentBlocked, words } from './errors.ts';
import { findRefusedFace, findRefusedWord } from './person-rules.ts';
import { type ModelOptions, promptLengthMax, readOptions, textFault } from './read-fields.ts';
import type { ReceivedForm } from './receive.ts';
import { modelNames, type Settings } from './schemas.ts';

/** A form that may become a job. */
export interface CheckedForm {
  /** Trimmed. */
  readonly prompt: string;
  readonly options: ModelOptions;
  readonly image: Canvas & { readonly path: string; readonly mediaType: string };
}

const imageTypes = ['image/png', 'image/jpeg', 'image/webp'];
const detectTimeoutMs = 60_000;
const downloadTimeoutMs = 60_000;
const promptLengthMin = 3;

/** A form whose fields are good; its content and an image by URL have not been looked at. */
export interface ReadForm {
  /** Trimmed. */
  readonly prompt: string;
  readonly options: ModelOptions;
  readonly source: ImageSource;
}

type ImageSource = { readonly path: string } | { readonly url: string };

/** Checks in the contract's order: the image's presence, size and type, the prompt, the model, its fields. */
export async function readForm(deps: SurfaceDeps, settings: Settings, form: ReceivedForm): Promise<ReadForm> {
  const source = findImage(form, settings.VIVIDFLOW_MAX_IMAGE_BYTES);
  if ('path' in source) await checkType(deps, source.path);
  return { prompt: readPrompt(form), options: readModelOptions(form), source };
}

/** Fetches and decodes the image, and judges words and faces. */
export async function checkContent(
  deps: SurfaceDeps,
  settings: Settings,
  { prompt, options, source }: ReadForm,
  { principal, scratch }: { principal: Principal; scratch: ScratchFolder },
): Promise<CheckedForm> {
  const policy = options.model === 'veo3.1' ? options.personGeneration : 'allow_all';
  const texts =
    options.model === 'veo3.1' ? [prompt, options.cameraMotion, options.subjectAnimation, options.environmentalAnimation] : [];
  const refusedWord = findRefusedWord(policy, texts);
  if (refusedWord !== null) throw contentBlocked(`"${refusedWord}" is not allowed while person_generation is ${policy}`);
  await deps.safety.checkTexts({ ...principal, surface: surfaceName }, placedTexts(prompt, options));
  const maxBytes = settings.VIVIDFLOW_MAX_IMAGE_BYTES;
  const file = 'path' in source ? source.path : await fetchImage(deps, source.url, { folder: scratch.path, maxBytes });
  if ('url' in source) await checkType(deps, file);
  const image = { ...(await decode(deps, file)), path: file };
  if (policy !== 'allow_all') {
    const faces = await deps.faces.detect(file, AbortSignal.timeout(detectTimeoutMs));
    const refusal = findRefusedFace(policy, faces);
    if (refusal !== null) throw contentBlocked(refusal);
  }
  return { prompt, options, image };
}

const placedTexts = (prompt: string, options: ModelOptions): SafetyText[] =>
  textsOf({
    prompt,
    ...(options.model === 'veo3.1' && {
      camera_motion: options.cameraMotion,
      subject_animation: options.subjectAnimation,
      environmental_animation: options.environmentalAnimation,
    }),
  });

function findImage(form: ReceivedForm, maxBytes: number): ImageSource {
  const { image } = form;
  const url = form.texts.get('image_url')?.at(-1)?.trim() ?? '';
  const isEmpty = image !== null && image.sizeBytes === 0;
  if (url !== '' && image !== null && !isEmpty) throw new ApiError(400, words.both);
  if (url !== '') return { url };
  if (image === null) throw new ApiError(400, words.noImage);
  if (isEmpty) throw new ApiError(400, words.noFile);
  if (image.isTooLarge) throw tooLarge(maxBytes);
  return { path: image.path };
}

const tooLarge = (maxBytes: number): ApiError =>
  new ApiError(400, `Image is too large (max ${Number((maxBytes / 2 ** 20).toFixed(2))} MB)`);

/** By content, not by name or declared type. */
async function checkType(deps: SurfaceDeps, file: string): Promise<void> {
  const { mediaType } = await deps.inspector.identify(file);
  if (!imageTypes.includes(mediaType)) throw new ApiError(400, words.imageType);
}

async function decode(deps: SurfaceDeps, file: string): Promise<Canvas & { mediaType: string }> {
  try {
    return await deps.inspector.inspectImage(file);
  } catch (cause) {
    if (cause instanceof DomainError && cause.kind === 'unsupported_media')
      throw new ApiError(400, words.imageUndecodable, { cause });
    throw cause;
  }
}

function readPrompt(form: ReceivedForm): string {
  const [prompt = ''] = (form.texts.get('prompt') ?? []).map((text) => text.trim());
  if (prompt === '') throw new ApiError(400, words.promptRequired);
  if ([...prompt].length < promptLengthMin) throw new ApiError(400, words.promptShort);
  return prompt;
}

function readModelOptions(form: ReceivedForm): ModelOptions {
  const [prompt = ''] = form.texts.get('prompt') ?? [];
  const named = form.texts.get('model')?.at(-1)?.trim() || 'wan2.1';
  const model = modelNames.find((name) => name === named);
  if (model === undefined) throw new ApiError(400, `Unknown model: ${named.replace(/[^\x20-\x7e]/g, '?').slice(0, 100)}`);
  const { options, faults } = readOptions(model, form.texts);
  const ofPrompt = textFault(prompt.trim(), promptLengthMax);
  const repeated = ['prompt', 'model', 'image_url'].filter((name) => (form.texts.get(name) ?? []).length > 1);
  const all = [
    ...(ofPrompt === null ? [] : [`prompt ${ofPrompt}`]),
    ...repeated.map((name) => `${name} must be given once`),
    ...(form.imageCount > 1 ? ['image must be given once'] : []),
    ...faults,
  ];
  if (all.length > 0) throw badParameters(all);
  return options;
}

/** The caller named the address, so whatever goes wrong there is the request's fault. */
async function fetchImage(deps: SurfaceDeps, url: string, place: { folder: string; maxBytes: number }): Promise<string> {
  const file = path.join(place.folder, 'fetched');
  try {
    await deps.download({ url, path: file, maxBytes: place.maxBytes, signal: AbortSignal.timeout(downloadTimeoutMs) });
  } catch (cause) {
    if (!(cause instanceof DomainError)) throw cause;
    if (cause.kind === 'too_large') throw tooLarge(place.maxBytes);
    throw new ApiError(400, words.parameters, { cause, extras: { details: [`image_url: ${cause.message}`] } });
  }
  return file;
}
