import { type AssetRef, type Catalog, DomainError, type TimelineGeneration } from '@polyreel/core';
import type { SurfaceDeps } from '../surface.ts';
import type { TimelineCheck, TimelineIssue, WantedGeneration } from '../timeline-language.ts';
import { type Caller, surfaceName } from './call.ts';
import { type Detail, fault, notFound } from './errors.ts';
import { outputOf } from './from-job.ts';
import { mergeObject, type RenderInput, templateBodySchema } from './schemas.ts';

export interface CheckedRender {
  readonly check: TimelineCheck;
  /** Faults of the sources that lie on this server. */
  readonly sourceFaults: readonly TimelineIssue[];
  readonly files: Readonly<Record<string, AssetRef>>;
  readonly assets: readonly string[];
  /** By the renderer's name. */
  readonly generations: Readonly<Record<string, TimelineGeneration>>;
  readonly templateId: string | null;
  readonly templateVersion: number | null;
}

type Deps = Pick<SurfaceDeps, 'timeline' | 'templates' | 'files' | 'engine'>;

/** Reads the template, merges, checks the whole, and looks up what it names of the account's own. */
export async function checkRender(deps: Deps, caller: Caller, input: RenderInput): Promise<CheckedRender> {
  const source = await readSource(deps, caller, input);
  const dialect = input.dialect ?? source.dialect;
  const catalog = await deps.engine.catalog();
  const check = deps.timeline.check(source.document, {
    ...(dialect !== null && { dialect: toEngineDialect(dialect) }),
    ...{ isStrict: input.strict, onMissingMergeField: input.on_missing, catalog },
  });
  const { templateId, templateVersion } = source;
  if (check.document === null) {
    const sourceFaults = await findFurtherFaults(deps, caller, { check, catalog });
    return { check, ...emptySources, sourceFaults, templateId, templateVersion };
  }
  const found = await findSources(deps, caller, check.document);
  const asked = deps.timeline.generations(check.document, { canvas: check.canvas, catalog });
  return {
    ...{ templateId, templateVersion, ...found },
    check: { ...check, warnings: [...check.warnings, ...asked.warnings] },
    sourceFaults: [...found.sourceFaults, ...asked.errors],
    generations: Object.fromEntries(asked.wanted.map((one) => [one.source, withImage(one, found.files)])),
  };
}

/** What else is wrong with a refused edit: its sources and what it wants generated, as far as it can be read. */
async function findFurtherFaults(
  deps: Deps,
  caller: Caller,
  { check, catalog }: { check: TimelineCheck; catalog: Catalog },
): Promise<TimelineIssue[]> {
  if (check.readable === null) return [];
  const { sourceFaults } = await findSources(deps, caller, check.readable);
  const { errors } = deps.timeline.generations(check.readable, { canvas: check.canvas, catalog });
  // Tasks and models that nobody has were told by the check.
  return [...sourceFaults, ...errors.filter(({ code }) => code !== 'unsupported_asset')];
}

const withImage = (
  { generation, inputSrc, inputHeaders: headers }: WantedGeneration,
  files: Readonly<Record<string, AssetRef>>,
): TimelineGeneration => {
  if (inputSrc === null) return generation;
  return { ...generation, image: files[inputSrc] ?? { url: inputSrc, headers: { ...headers } } };
};

/** The renderer knows no product's name. */
export const toEngineDialect = (dialect: 'shotstack' | 'vidgenie'): 'shotstack' | 'native' =>
  dialect === 'vidgenie' ? 'native' : dialect;

const emptySources = { sourceFaults: [], files: {}, assets: [], generations: {} };

interface Source {
  readonly document: Record<string, unknown>;
  readonly dialect: 'shotstack' | 'vidgenie' | null;
  readonly templateId: string | null;
  readonly templateVersion: number | null;
}

async function readSource(deps: Deps, caller: Caller, input: RenderInput): Promise<Source> {
  const values = { ...mergeObject(input.merge), ...mergeObject(input.values) };
  const callback = input.callback === undefined ? {} : { callback: input.callback };
  if (input.template_id === undefined) {
    const { timeline, output } = input;
    const document = { ...(timeline && { timeline }), ...(output && { output }), merge: values, ...callback };
    return { document, dialect: null, templateId: null, templateVersion: null };
  }
  const template = await deps.templates.find({
    ...{ accountId: caller.accountId, surface: surfaceName, id: input.template_id },
    ...(input.template_version !== undefined && { version: input.template_version }),
  });
  if (template === null) throw notFound('template');
  const body = templateBodySchema.parse(template.body);
  const output = input.output ?? body.output;
  const parts = { timeline: body.timeline, ...(output && { output }), ...callback };
  const named = deps.timeline.fields(parts);
  // A default for a field that is not there is no slip of this caller's.
  const defaults = Object.fromEntries(Object.entries(body.defaults).filter(([name]) => named.has(name)));
  return {
    document: { ...parts, merge: { ...defaults, ...values } },
    dialect: body.dialect,
    templateId: template.id,
    templateVersion: template.version,
  };
}

/** 400 for everything that is wrong with it. */
export function refuseInvalid({ check, sourceFaults }: CheckedRender): void {
  const errors = [...check.errors, ...sourceFaults];
  const [first] = errors;
  if (first === undefined) return;
  const missing = errors.filter(({ code }) => code === 'missing_merge_fields');
  const details = errors.map(toDetail);
  if (missing.length > 0) {
    const names = [...new Set(missing.map(({ message }) => /\{\{ (.*) \}\}/s.exec(message)?.[1] ?? message))];
    throw fault(400, 'missing_merge_fields', `No value is given for ${names.join(', ')}`, { details });
  }
  throw fault(400, 'invalid_timeline', `${first.path || 'timeline'}: ${first.message}`, { details });
}

export const toDetail = ({ path, code, message, hint }: TimelineIssue): Detail => ({
  ...{ path, code, message },
  ...(hint !== undefined && { hint }),
});

/** `asset://` and `render://` sources, within the caller's account only. */
async function findSources(deps: Deps, caller: Caller, document: unknown) {
  const files: Record<string, AssetRef> = {};
  const sourceFaults: TimelineIssue[] = [];
  const assets: string[] = [];
  for (const { src, path } of deps.timeline.addresses(document)) {
    const own = /^(asset|render):\/\/(.+)$/.exec(src);
    if (own === null) continue;
    const [, kind = '', id = ''] = own;
    const found = kind === 'asset' ? await findAsset(deps, caller, id) : await findRender(deps, caller, id);
    if ('fault' in found) sourceFaults.push({ path, code: `${kind}_not_found`, message: found.fault });
    else files[src] = { fileId: found.fileId };
    if (kind === 'asset' && !('fault' in found)) assets.push(found.fileId);
  }
  return { files, sourceFaults, assets };
}

type Found = { readonly fileId: string } | { readonly fault: string };

export const toFileId = (assetId: string): string => assetId.replace(/^ast_/, 'fil_');
export const toAssetId = (fileId: string): string => fileId.replace(/^fil_/, 'ast_');

async function findAsset(deps: Deps, caller: Caller, id: string): Promise<Found> {
  if (!/^ast_[0-9a-z]{26}$/.test(id)) return { fault: `there is no asset ${id}` };
  try {
    const file = await deps.files.get(caller, toFileId(id));
    return file.state === 'ready' ? { fileId: file.id } : { fault: `the asset ${id} is ${file.state}, not ready` };
  } catch (error) {
    if (error instanceof DomainError && error.kind === 'not_found') return { fault: `there is no asset ${id}` };
    throw error;
  }
}

async function findRender(deps: Deps, caller: Caller, id: string): Promise<Found> {
  const job = isRenderId(id) ? await deps.engine.find({ principal: caller, surface: surfaceName, externalId: id }) : null;
  if (job === null) return { fault: `there is no render ${id}` };
  const output = job.state === 'succeeded' ? outputOf(job) : undefined;
  return output === undefined ? { fault: `the render ${id} is not done` } : { fileId: output.fileId };
}

/** Every other text names no render. */
export const isRenderId = (text: string): boolean => /^rnd_[0-9a-z]{26}$/.test(text);
