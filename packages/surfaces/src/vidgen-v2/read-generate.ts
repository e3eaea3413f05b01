import type { ModelEntry, RunnerTaskType } from '@polyreel/core';
import { pathText, shownText, unavailableText } from './faults.ts';
import { isJsonObject, type JsonObject, type NormalisedBody } from './normalise-body.ts';
import { parsePrompt } from './parse-prompt.ts';
import { type GenerateRequest, generateSchema, maxArea, promptSchema } from './schemas.ts';
import { soundSwitches } from './to-sound.ts';

export interface ReadGenerate {
  /** Null where the faults say why. */
  readonly request: GenerateRequest | null;
  /** Full texts, unordered. */
  readonly faults: readonly string[];
}

export interface ReadContext {
  readonly models: readonly ModelEntry[];
  readonly maxScenes: number;
  /** What the workers of this server can do. */
  readonly tasks: ReadonlySet<RunnerTaskType>;
}

/** Everything that can be said about a request without looking at its pictures. Pure. */
export function readGenerate(body: NormalisedBody, context: ReadContext): ReadGenerate {
  const parsed = generateSchema.safeParse(body.fields);
  const faults = (parsed.error?.issues ?? []).map((issue) => `${pathText(issue.path)} ${issue.message}`);
  if (body.sceneCount !== null && body.sceneCount > context.maxScenes)
    faults.push(`scenes must not contain more than ${context.maxScenes} items`);
  faults.push(...body.contradictions.map((name) => `${name} is given twice with different values`));
  faults.push(...promptFaults(body.fields), ...endFrameFaults(body.fields));
  faults.push(...modelFaults(body.fields.model, context.models), ...areaFaults(body.fields));
  faults.push(...wantedExtras(body.fields, context.tasks).map(unavailableText));
  return { request: parsed.success && faults.length === 0 ? parsed.data : null, faults: [...new Set(faults)] };
}

/** Scenes by their place, those that are objects. */
export function sceneObjects(fields: JsonObject): { index: number; scene: JsonObject }[] {
  const scenes: readonly unknown[] = Array.isArray(fields.scenes) ? fields.scenes : [];
  return scenes.flatMap((scene, index) => (isJsonObject(scene) ? [{ index, scene }] : []));
}

/** A prompt of negative terms alone shows nothing. */
const promptFaults = (fields: JsonObject): string[] =>
  sceneObjects(fields).flatMap(({ index, scene }) => {
    const prompt = promptSchema.safeParse(scene.prompt);
    return prompt.success && parsePrompt(prompt.data).positive === '' ? [`scenes[${index}].prompt is required`] : [];
  });

const endFrameFaults = (fields: JsonObject): string[] =>
  sceneObjects(fields).flatMap(({ index, scene }) =>
    scene.end_frame !== undefined && scene.start_frame === undefined ? [`scenes[${index}].end_frame requires start_frame`] : [],
  );

export function modelFaults(model: unknown, models: readonly ModelEntry[]): string[] {
  if (typeof model !== 'string' || models.some(({ key }) => key === model)) return [];
  return [`Unknown model: ${shownText(model)}`];
}

function areaFaults({ width = 832, height = 480 }: { width?: unknown; height?: unknown }): string[] {
  const sides = [width, height].map((side) => (typeof side === 'number' ? side : 0));
  const isEachFine = sides.every((side) => side >= 64 && side <= 1920);
  return isEachFine && sides.reduce((area, side) => area * side, 1) > maxArea
    ? [`width times height must not exceed ${maxArea}`]
    : [];
}

/** Work that enlarges pictures or makes frames between them, and the switch that asks for it. */
const refineSwitches = { upscale: 'upscale-video', interpolate: 'interpolate' } as const satisfies Record<string, RunnerTaskType>;

/** Names of what a request switches on and this server does not have yet, in the order of the document. */
function wantedExtras(fields: JsonObject, tasks: ReadonlySet<RunnerTaskType>): string[] {
  const inner = (group: unknown): JsonObject => (isJsonObject(group) ? group : {});
  const switches = {
    upscale: fields.upscale,
    'music.enabled': inner(fields.music).enabled,
    'fx_sound.enabled': inner(fields.fx_sound).enabled,
    interpolate: fields.interpolate ?? fields.upscale,
  };
  const work: Readonly<Record<string, RunnerTaskType>> = { ...soundSwitches, ...refineSwitches };
  const isThere = (name: string): boolean => {
    const task = work[name];
    return task !== undefined && tasks.has(task);
  };
  return [...Object.entries(switches).flatMap(([name, value]) => (value === true && !isThere(name) ? [name] : []))];
}
