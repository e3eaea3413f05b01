import type { JobView, Principal, Warning } from '@polyreel/core';
import {
  answerOf,
  findReplay,
  idempotencyOf,
  type RequestPrint,
  replayed,
  sha256OfFile,
  type Submitted,
  withAnswer,
} from '../shared/idempotency.ts';
import type { LazyScratch } from '../shared/lazy-scratch.ts';
import { mintGenId, mintRunId, mintSeed } from '../shared/mint-ids.ts';
import type { ParsedJson, SurfaceDeps } from '../surface.ts';
import { checkRequest } from './check-request.ts';
import { toFaultError } from './faults.ts';
import { type Frame, readFrames } from './frames.ts';
import { sceneModels } from './from-job.ts';
import { type JsonObject, nameList, normaliseBody } from './normalise-body.ts';
import { optimizePositive } from './optimize.ts';
import { parsePrompt } from './parse-prompt.ts';
import { readGenerate } from './read-generate.ts';
import {
  type ClientRef,
  clientRefSchema,
  type GenerateBody,
  type GenerateRequest,
  type ModeWord,
  type Settings,
} from './schemas.ts';
import { toPublish } from './to-publish.ts';
import { modeOf, type SceneFrames, toSpec } from './to-spec.ts';
import { readWatermarkImage, type WatermarkImage } from './watermark-image.ts';

export interface GenerateCall {
  readonly principal: Principal;
  readonly body: JsonObject;
  readonly parsed: ParsedJson;
  readonly scratch: LazyScratch;
  readonly idempotencyKey: string | null;
  /** Counts a new job against the limits of its key; not asked for a repeated request. */
  admit(): Promise<void>;
}

const keepTimeoutMs = 120_000;

/** Checks everything, keeps the frames, submits. */
export async function generate(deps: SurfaceDeps, settings: Settings, call: GenerateCall): Promise<Submitted> {
  const catalog = await deps.engine.catalog();
  const models = sceneModels(catalog);
  const tasks = new Set(catalog.capabilities.map(({ task }) => task));
  const maxScenes = settings.VIDGEN_V2_MAX_SCENES;
  const normalised = normaliseBody(call.body, maxScenes);
  const read = readGenerate(normalised, { models, maxScenes, tasks });
  // A list that is too long is refused for its length; its pictures are not worth the work.
  const isTooLong = (normalised.sceneCount ?? 0) > maxScenes;
  const source = { parsed: call.parsed, inspector: deps.inspector, scratch: call.scratch.folder };
  const looked = isTooLong ? { frames: [], faults: [] } : await readFrames(normalised.fields, source);
  const mark = await readWatermarkImage(normalised.fields, source);
  const { request } = read;
  if (!request || looked.faults.length > 0 || typeof mark === 'string')
    throw toFaultError([...read.faults, ...looked.faults, ...(typeof mark === 'string' ? [mark] : [])]);

  const model = request.model ?? models[0]?.key;
  if (model === undefined) throw new Error('the catalog has no model that makes scenes');
  const idempotency = idempotencyOf(
    call.idempotencyKey,
    await printOf(request, { frames: looked.frames, mark }, call.idempotencyKey),
  );
  const first = await findReplay(deps, { principal: call.principal, surface: 'vidgen-v2', idempotency });
  const answerFor = (job: Pick<JobView, 'externalId' | 'clientRef'>) => answerOf(200, bodyOf(job, request, looked.frames));
  if (first) return replayed(first, answerFor(first));
  await call.admit();
  const ids = { externalId: mintRunId(deps.randomBytes), genId: mintGenId(deps.randomBytes) };
  const seed = request.seed ?? mintSeed(deps.randomBytes);
  const isChecked = await checkRequest(deps, call.principal, request, looked.frames, mark);
  await deps.engine.assertFreeSpace();
  const kept = await keepFrames(deps, call.principal, looked.frames, request.scenes.length);
  const keptMark = mark && (await keepMark(deps, call.principal, mark));
  const optimized = request.optimize ? await optimizeScenes(deps, request, looked.frames) : null;
  const clientRef: ClientRef = { genId: ids.genId, model, seed, isChecked, ...(optimized && { optimizer: optimized.optimizer }) };
  const job = await deps.engine.submit({
    principal: call.principal,
    surface: 'vidgen-v2',
    externalId: ids.externalId,
    spec: toSpec({
      ...{ request, model, frames: kept, seed, genId: ids.genId, rewritten: optimized?.prompts },
      publish: toPublish(request, settings, keptMark),
    }),
    clientRef,
    inputFileIds: [
      ...kept.flatMap(({ start, end }) => [start, end].flatMap((frame) => (frame ? [frame.fileId] : []))),
      ...(keptMark ? [keptMark.fileId] : []),
    ],
    warnings: warningsOf(normalised.unknown),
    idempotency: withAnswer(idempotency, answerFor({ externalId: ids.externalId, clientRef })),
  });
  const answer = answerFor(job);
  return job.externalId === ids.externalId ? { job, isReplay: false, answer } : replayed(job, answer);
}

function bodyOf(
  job: Pick<JobView, 'externalId' | 'clientRef'>,
  request: GenerateRequest,
  frames: readonly Frame[],
): GenerateBody {
  const { genId, model, optimizer } = clientRefSchema.parse(job.clientRef);
  return { id: job.externalId, gen_id: genId, model, scenes: echo(request, frames), ...(optimizer && { optimizer }) };
}

/** Frames count by their bytes, whatever their text in the body. */
async function printOf(
  request: GenerateRequest,
  { frames, mark }: { frames: readonly Frame[]; mark: WatermarkImage | null },
  idempotencyKey: string | null,
): Promise<RequestPrint> {
  if (idempotencyKey === null) return { fields: null, files: {} };
  const files: Record<string, string> = {};
  for (const { sceneIndex, name, path } of frames) files[`${sceneIndex}.${name}`] = await sha256OfFile(path);
  const scenes = request.scenes.map(({ prompt, negative }) => ({ prompt, negative }));
  if (mark) files.wm_image = await sha256OfFile(mark.path);
  return { fields: { ...request, scenes, wm_image: null }, files };
}

async function keepFrames(
  deps: SurfaceDeps,
  principal: Principal,
  frames: readonly Frame[],
  sceneCount: number,
): Promise<SceneFrames[]> {
  const signal = AbortSignal.timeout(keepTimeoutMs);
  const kept: SceneFrames[] = Array.from({ length: sceneCount }, () => ({}));
  for (const { sceneIndex, name, path, mediaType, width, height } of frames) {
    const displayName = `scene ${sceneIndex + 1} ${name === 'start_frame' ? 'start' : 'end'}`;
    const { fileId } = await deps.intake.keep(principal, { path, mediaType, displayName, facts: { width, height } }, signal);
    const side = name === 'start_frame' ? 'start' : 'end';
    kept[sceneIndex] = { ...kept[sceneIndex], [side]: { fileId, width, height } };
  }
  return kept;
}

const keepMark = (
  deps: SurfaceDeps,
  principal: Principal,
  { path, mediaType, width, height }: WatermarkImage,
): Promise<{ fileId: string }> => {
  const file = { path, mediaType, displayName: 'watermark', facts: { width, height } };
  return deps.intake.keep(principal, file, AbortSignal.timeout(keepTimeoutMs));
};

const modeOfScene = (index: number, frames: readonly Frame[]): ModeWord =>
  modeOf(frames.filter(({ sceneIndex }) => sceneIndex === index).map(({ name }) => name));

/** All scenes at once; one that fails fails the request. */
async function optimizeScenes(deps: SurfaceDeps, request: GenerateRequest, frames: readonly Frame[]) {
  const scenes = await Promise.all(
    request.scenes.map((scene, index) => optimizePositive(deps.promptEnhancer, scene.prompt, modeOfScene(index, frames))),
  );
  const optimizer: ClientRef['optimizer'] = scenes.some(({ by }) => by === 'llm') ? 'llm' : 'rules';
  return { prompts: scenes.map(({ prompt }) => prompt), optimizer };
}

/** The prompts as sent, trimmed, and how they were understood. */
const echo = (request: GenerateRequest, frames: readonly Frame[]): GenerateBody['scenes'] =>
  request.scenes.map((scene, index) => ({
    prompt: scene.prompt.trim(),
    ...parsePrompt(scene.prompt, scene.negative),
    mode: modeOfScene(index, frames),
  }));

function warningsOf(unknown: readonly string[]): Warning[] {
  const names = nameList(unknown);
  return names === null ? [] : [{ code: 'ignored-parameters', details: { names } }];
}
