import type { TemplateRow } from '@polyreel/core';
import { z } from 'zod';
import { ApiError } from '../../shared/api-error.ts';
import { type Call, surfaceName as surface } from '../call.ts';
import { toDetail, toEngineDialect } from '../check-render.ts';
import { fault, notFound, toApiError } from '../errors.ts';
import { method } from '../method.ts';
import {
  id,
  mergeObject,
  mergeValue,
  page,
  plainObject,
  renderCommon,
  renderInput,
  type TemplateBody,
  templateBodySchema,
} from '../schemas.ts';
import { createRender } from './render.ts';

const name = z.string().trim().min(1).max(128);
const description = z.string().max(2000);
const dialect = z.enum(['shotstack', 'vidgenie']);
const parts = { timeline: plainObject, output: plainObject, merge: mergeValue, dialect };
const itemsMax = 100;

/** Placeholders stand for any value here; the merged document is checked when it is rendered. */
function check({ deps }: Call, body: TemplateBody): void {
  const document = { timeline: body.timeline, ...(body.output && { output: body.output }) };
  // A template may leave its output to the caller.
  const output = body.output ?? { format: 'mp4' };
  const { errors } = deps.timeline.check(
    { ...document, output },
    { isTemplate: true, ...(body.dialect !== null && { dialect: toEngineDialect(body.dialect) }) },
  );
  const [first] = errors;
  if (first === undefined) return;
  throw fault(400, 'invalid_timeline', `${first.path || 'timeline'}: ${first.message}`, { details: errors.map(toDetail) });
}

function toTemplate({ deps }: Call, row: TemplateRow, isWhole: boolean) {
  const body = templateBodySchema.parse(row.body);
  const fields = [...deps.timeline.fields({ timeline: body.timeline, ...(body.output && { output: body.output }) })];
  const hasDefault = (field: string): boolean => Object.hasOwn(body.defaults, field);
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    version: row.version,
    latest_version: row.latestVersion,
    fields: fields.map(([field, paths]) => ({
      name: field,
      required: !hasDefault(field),
      default: hasDefault(field) ? body.defaults[field] : null,
      used_at: paths,
    })),
    ...(isWhole && { timeline: body.timeline, output: body.output, merge: body.defaults, dialect: body.dialect }),
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}

const answerWith = (call: Call, row: TemplateRow) => ({ id: row.id, template: toTemplate(call, row, true) });

async function findTemplate({ deps, caller, about }: Call, templateId: string, version?: number): Promise<TemplateRow> {
  about(templateId);
  const query = { accountId: caller.accountId, surface, id: templateId };
  const row = await deps.templates.find({ ...query, ...(version !== undefined && { version }) });
  if (row === null) throw notFound('template');
  return row;
}

const renderOptions = z.strictObject({ id, version: z.int().min(1).optional(), output: plainObject.optional(), ...renderCommon });
const toRenderInput = ({ id: templateId, version, ...rest }: z.infer<typeof renderOptions>) =>
  renderInput.parse({ ...rest, template_id: templateId, ...(version !== undefined && { template_version: version }) });

const { merge, values, metadata, callback, idempotency_key, ...batchCommon } = renderCommon;
const itemSchema = z.strictObject({ merge, values, metadata, callback, idempotency_key });

export const templateMethods = [
  method(
    'template.create',
    'any',
    z.strictObject({
      ...{ name, description: description.optional(), timeline: parts.timeline },
      ...{ output: parts.output.optional(), merge: parts.merge.optional(), dialect: dialect.optional() },
    }),
    async (call, input) => {
      const { deps, settings, caller, effect } = call;
      const body: TemplateBody = {
        timeline: input.timeline,
        output: input.output ?? null,
        defaults: mergeObject(input.merge),
        dialect: input.dialect ?? null,
      };
      check(call, body);
      const templateId = deps.ids.next('template');
      const row = await effect(templateId, (audit) =>
        deps.templates.create({
          ...{ id: templateId, accountId: caller.accountId, surface, templatesMax: settings.VIDGENIE_MAX_TEMPLATES, audit },
          ...{ name: input.name, description: input.description ?? null, body },
        }),
      );
      return answerWith(call, row);
    },
  ),
  method(
    'template.get',
    'any',
    z.strictObject({ id, version: z.int().min(1).optional() }),
    async (call, input) => answerWith(call, await findTemplate(call, input.id, input.version)),
    { isRead: true },
  ),
  method(
    'template.list',
    'any',
    z.strictObject(page),
    async (call, input) => {
      const { templates, hasMore } = await call.deps.templates.list({
        ...{ accountId: call.caller.accountId, surface, limit: input.limit },
        ...(input.cursor !== undefined && { afterId: input.cursor }),
      });
      const last = templates.at(-1)?.id ?? null;
      return {
        templates: templates.map((row) => toTemplate(call, row, false)),
        next_cursor: hasMore ? last : null,
        has_more: hasMore,
      };
    },
    { isRead: true },
  ),
  method(
    'template.update',
    'any',
    z.strictObject({
      ...{ id, name: name.optional(), description: description.nullable().optional(), timeline: parts.timeline.optional() },
      ...{ output: parts.output.nullable().optional(), merge: parts.merge.optional(), dialect: dialect.nullable().optional() },
    }),
    async (call, input) => {
      const { deps, caller, effect } = call;
      const before = await findTemplate(call, input.id);
      const old = templateBodySchema.parse(before.body);
      const body: TemplateBody = {
        timeline: input.timeline ?? old.timeline,
        output: input.output === undefined ? old.output : input.output,
        defaults: input.merge === undefined ? old.defaults : mergeObject(input.merge),
        dialect: input.dialect === undefined ? old.dialect : input.dialect,
      };
      check(call, body);
      const row = await effect(
        input.id,
        (audit) =>
          deps.templates.addVersion({
            ...{ accountId: caller.accountId, surface, id: input.id, fromVersion: before.version, body, audit },
            name: input.name ?? before.name,
            description: input.description === undefined ? before.description : input.description,
          }),
        (result) => result !== null,
      );
      if (row === null) throw notFound('template');
      return answerWith(call, row);
    },
  ),
  method('template.delete', 'any', z.strictObject({ id }), async ({ deps, caller, effect }, input) => {
    const isGone = await effect(
      input.id,
      (audit) => deps.templates.remove({ accountId: caller.accountId, surface, id: input.id, audit }),
      (result) => result,
    );
    if (!isGone) throw notFound('template');
    return { id: input.id, deleted: true };
  }),
  method('template.render', 'any', renderOptions, (call, input) => createRender(call, toRenderInput(input))),
  method(
    'template.render_batch',
    'any',
    z.strictObject({
      ...{ id, version: z.int().min(1).optional(), output: plainObject.optional() },
      items: z.array(itemSchema).min(1).max(itemsMax),
      ...batchCommon,
    }),
    async (call, { items, ...common }) => {
      await findTemplate(call, common.id, common.version);
      const renders: unknown[] = [];
      // One call, one row in the audit: with its first render, about the template.
      const ofItem: Call = {
        ...call,
        about: () => undefined,
        effect: (_render, change, isWritten) => call.effect(common.id, change, isWritten),
      };
      for (const [index, item] of items.entries())
        renders.push(await renderItem(ofItem, toRenderInput({ ...common, ...item }), index));
      const failed = renders.filter((render) => typeof render === 'object' && render !== null && 'error' in render).length;
      return { id: common.id, renders, created: items.length - failed, failed };
    },
  ),
];

/** An item that is refused says why and stops nobody else. */
async function renderItem(call: Call, input: z.infer<typeof renderInput>, index: number) {
  try {
    return { index, ...(await createRender(call, input, index)) };
  } catch (error) {
    const known = toApiError(error);
    if (!(known instanceof ApiError) || known.status >= 500) throw error;
    const { code, ...extras } = known.extras;
    return { index, error: { code, message: known.message, ...extras } };
  }
}
