import {
  DomainError,
  drawRandomPrompt,
  type EnhancedPrompt,
  type Principal,
  type PromptEnhancer,
  type SceneMode,
} from '@polyreel/core';
import { ApiError } from '../shared/api-error.ts';
import { mintSeed } from '../shared/mint-ids.ts';
import type { SurfaceDeps } from '../surface.ts';
import { words } from './errors.ts';
import { toFaultError } from './faults.ts';
import { sceneModels } from './from-job.ts';
import type { JsonObject } from './normalise-body.ts';
import { negativePieces, parsePrompt } from './parse-prompt.ts';
import { modelFaults } from './read-generate.ts';
import { type ModeWord, type OptimizeBody, promptLengthMax, promptSchema, type RandomBody, randomSeedSchema } from './schemas.ts';

const sceneModes = {
  t2v: 'text-to-video',
  i2v: 'image-to-video',
  flf2v: 'first-last-frame',
} as const satisfies Record<ModeWord, SceneMode>;

/** What shall be seen, rewritten. The `-terms` are no business of the rewriter's: they stay out of it. */
export function optimizePositive(enhancer: PromptEnhancer, prompt: string, mode: ModeWord): Promise<EnhancedPrompt> {
  const { positive } = parsePrompt(prompt);
  const lengthMax = Math.max(positive.length, promptLengthMax - negativeTail(prompt).length);
  return enhancer.enhance({ prompt: positive, mode: sceneModes[mode], lengthMax });
}

const negativeTail = (prompt: string): string =>
  negativePieces(prompt)
    .map((piece) => `, ${piece}`)
    .join('');

/** `prompt` may be sent to `generate` as it is. */
export async function optimize(deps: SurfaceDeps, principal: Principal, body: JsonObject): Promise<OptimizeBody> {
  const prompt = promptSchema.safeParse(body.prompt);
  const positive = prompt.success ? parsePrompt(prompt.data).positive : '';
  const isMissing = typeof body.prompt !== 'string' || body.prompt.trim() === '' || (prompt.success && positive === '');
  if (isMissing) throw new ApiError(400, words.promptRequired);
  const models = sceneModels(await deps.engine.catalog());
  const faults = [...(prompt.error?.issues ?? []).map(({ message }) => `prompt ${message}`), ...readModel(body, models)];
  if (!prompt.success || faults.length > 0) throw toFaultError(faults);
  const subject = { ...principal, surface: 'vidgen-v2' };
  // What is blocked is not rewritten into something that passes, and what a model makes of it is judged again.
  await deps.safety.checkTexts(subject, [{ place: 'prompt', text: positive }]);
  const enhanced = await optimizePositive(deps.promptEnhancer, prompt.data, 't2v');
  await deps.safety.checkTexts(subject, [{ place: 'optimized', text: enhanced.prompt }]);
  const joined = `${enhanced.prompt}${negativeTail(prompt.data)}`;
  // Divided by bare commas, a prompt can be as long as one may be and still grow by being put together anew: it then stays what it was.
  const text = promptSchema.safeParse(joined).success ? joined : prompt.data.trim();
  return {
    prompt: text,
    optimized: text,
    original: prompt.data.trim(),
    negative: parsePrompt(prompt.data).negative,
    model: typeof body.model === 'string' ? body.model : defaultModel(models),
    optimizer: enhanced.by,
  };
}

/** The seed is in the answer: the same one draws the same prompt. */
export async function random(deps: SurfaceDeps, body: JsonObject): Promise<RandomBody> {
  const seed = randomSeedSchema.safeParse(body.seed ?? undefined);
  const models = sceneModels(await deps.engine.catalog());
  const faults = [...readModel(body, models), ...(seed.error?.issues ?? []).map(({ message }) => `seed ${message}`)];
  if (!seed.success || faults.length > 0) throw toFaultError(faults);
  const drawn = seed.data ?? mintSeed(deps.randomBytes);
  const { positive, negative } = drawRandomPrompt(drawn);
  return { prompt: `${positive}, ${negative}`, seed: drawn };
}

type Models = ReturnType<typeof sceneModels>;

function readModel(body: JsonObject, models: Models): string[] {
  const model = body.model ?? undefined;
  if (model !== undefined && typeof model !== 'string') return ['model must be a string'];
  return modelFaults(model, models);
}

function defaultModel(models: Models): string {
  const [first] = models;
  if (!first) throw new DomainError('internal', 'the catalog has no model that makes scenes');
  return first.key;
}
