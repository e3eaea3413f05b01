import type { DeliveryLogRow, EndpointRow } from '@polyreel/core';
import { z } from 'zod';
import { type Call, surfaceName as surface } from '../call.ts';
import { checkHttpsUrl } from '../check-url.ts';
import { fault, notFound } from '../errors.ts';
import { method } from '../method.ts';
import { cursor, id, limit, page, webhookEvents } from '../schemas.ts';
import { envelope, eventIdOf, toDomainEvent, toWireEvent } from '../webhook.ts';

const events = z
  .array(z.enum(webhookEvents))
  .min(1)
  .transform((list) => [...new Set(list)]);
const description = z.string().max(512);
const url = z.string().min(1).max(2048);

const toWebhook = (row: EndpointRow) => ({
  id: row.id,
  url: row.url,
  events: row.events.map(toWireEvent),
  description: row.description,
  active: row.state === 'active',
  /** Set while every delivery fails; after five days of it the webhook is paused. */
  failing_since: row.failingSince?.toISOString() ?? null,
  paused_reason: row.state === 'active' ? null : row.failingSince === null ? 'by_owner' : 'failing',
  created_at: row.createdAt.toISOString(),
  updated_at: row.updatedAt.toISOString(),
});

const toDelivery = (row: DeliveryLogRow) => ({
  id: row.id,
  event_id: eventIdOf(row.id),
  webhook_id: row.endpointId,
  type: toWireEvent(row.event),
  url: row.url,
  status: row.state,
  payload: row.body === null ? null : readBody(row.body),
  next_attempt_at: row.nextAttemptAt?.toISOString() ?? null,
  created_at: row.createdAt.toISOString(),
  finished_at: row.finishedAt?.toISOString() ?? null,
  attempts: row.attempts.map((attempt) => ({
    attempt: attempt.attempt,
    started_at: attempt.startedAt.toISOString(),
    duration_ms: attempt.durationMs,
    status_code: attempt.statusCode,
    error: attempt.errorCode,
    response: attempt.responseExcerpt,
  })),
});

const readBody = (text: string): unknown => JSON.parse(text);

const keyOf = ({ caller }: Call, webhookId: string) => ({ accountId: caller.accountId, surface, id: webhookId });

function found(row: EndpointRow | null): { id: string; webhook: ReturnType<typeof toWebhook> } {
  if (row === null) throw notFound('webhook');
  return { id: row.id, webhook: toWebhook(row) };
}

export const webhookMethods = [
  method(
    'webhook.create',
    'any',
    z.strictObject({
      ...{ url, events: events.optional(), description: description.optional() },
      secret: z.string().min(1).max(256).optional(),
    }),
    async (call, input) => {
      const { deps, settings, caller, effect } = call;
      const target = checkHttpsUrl(input.url, 'url', deps);
      const webhookId = deps.ids.next('endpoint');
      const secret = deps.endpointSecrets.make(webhookId, input.secret);
      const row = await effect(webhookId, (audit) =>
        deps.endpoints.create({
          ...{ ...keyOf(call, webhookId), accountId: caller.accountId, url: target, secret: secret.stored, audit },
          events: (input.events ?? ['render.done', 'render.failed']).map(toDomainEvent),
          description: input.description ?? null,
          endpointsMax: settings.VIDGENIE_MAX_WEBHOOKS,
        }),
      );
      return { id: row.id, webhook: { ...toWebhook(row), secret: secret.text } };
    },
  ),
  method(
    'webhook.list',
    'any',
    z.strictObject(page),
    async ({ deps, caller }, input) => {
      const { endpoints, hasMore } = await deps.endpoints.list({
        ...{ accountId: caller.accountId, surface, limit: input.limit },
        ...(input.cursor !== undefined && { afterId: input.cursor }),
      });
      const last = endpoints.at(-1)?.id ?? null;
      return { webhooks: endpoints.map(toWebhook), next_cursor: hasMore ? last : null, has_more: hasMore };
    },
    { isRead: true },
  ),
  method(
    'webhook.get',
    'any',
    z.strictObject({ id }),
    async (call, input) => {
      call.about(input.id);
      return found(await call.deps.endpoints.find(keyOf(call, input.id)));
    },
    { isRead: true },
  ),
  method(
    'webhook.update',
    'any',
    z.strictObject({
      ...{ id, url: url.optional(), events: events.optional() },
      ...{ description: description.nullable().optional(), active: z.boolean().optional() },
    }),
    async (call, input) => {
      const { deps, effect } = call;
      const changes = {
        ...(input.url !== undefined && { url: checkHttpsUrl(input.url, 'url', deps) }),
        ...(input.events !== undefined && { events: input.events.map(toDomainEvent) }),
        ...(input.description !== undefined && { description: input.description }),
        ...(input.active !== undefined && { state: input.active ? ('active' as const) : ('paused' as const) }),
      };
      return found(
        await effect(
          input.id,
          (audit) => deps.endpoints.update({ ...keyOf(call, input.id), audit }, changes),
          (row) => row !== null,
        ),
      );
    },
  ),
  method('webhook.delete', 'any', z.strictObject({ id }), async (call, input) => {
    const row = await call.effect(
      input.id,
      (audit) => call.deps.endpoints.remove({ ...keyOf(call, input.id), audit }),
      (gone) => gone !== null,
    );
    if (row === null) throw notFound('webhook');
    return { id: row.id, deleted: true };
  }),
  method(
    'webhook.rotate_secret',
    'any',
    z.strictObject({
      ...{ id, secret: z.string().min(1).max(256).optional() },
      overlap_seconds: z.int().min(0).max(2_592_000).optional(),
    }),
    async (call, input) => {
      const { deps, settings, effect } = call;
      const secret = deps.endpointSecrets.make(input.id, input.secret);
      const overlapSeconds = input.overlap_seconds ?? settings.VIDGENIE_SECRET_OVERLAP;
      const row = await effect(
        input.id,
        (audit) => deps.endpoints.rotateSecret({ ...keyOf(call, input.id), secret: secret.stored, overlapSeconds, audit }),
        (changed) => changed !== null,
      );
      const data = found(row);
      return { ...data, webhook: { ...data.webhook, secret: secret.text }, overlap_seconds: overlapSeconds };
    },
  ),
  method('webhook.test', 'any', z.strictObject({ id }), async (call, input) => {
    const { deps, effect } = call;
    const message = { deliveryId: deps.ids.next('delivery'), event: 'webhook.test', createdAt: deps.clock.now() };
    const body = JSON.stringify(envelope(message, { webhook: { id: input.id } }));
    const row = await effect(
      input.id,
      (audit) =>
        deps.endpoints.send({ ...keyOf(call, input.id), deliveryId: message.deliveryId, event: message.event, body, audit }),
      (sent) => sent !== null,
    );
    if (row === null) throw notFound('webhook');
    return { id: row.id, delivery: toDelivery(row) };
  }),
  method(
    'webhook.deliveries',
    'any',
    z.strictObject({
      ...{ id, limit, cursor: cursor.optional() },
      status: z.enum(['pending', 'delivered', 'failed', 'cancelled']).optional(),
    }),
    async (call, input) => {
      call.about(input.id);
      const log = await call.deps.endpoints.deliveries({
        ...{ ...keyOf(call, input.id), limit: input.limit },
        ...(input.cursor !== undefined && { afterId: input.cursor }),
        ...(input.status !== undefined && { state: input.status }),
      });
      if (log === null) throw notFound('webhook');
      const last = log.deliveries.at(-1)?.id ?? null;
      return {
        deliveries: log.deliveries.map(toDelivery),
        next_cursor: log.hasMore ? last : null,
        has_more: log.hasMore,
      };
    },
    { isRead: true },
  ),
  method('webhook.redeliver', 'any', z.strictObject({ delivery_id: id }), async (call, input) => {
    const { deps, caller, effect } = call;
    const row = await effect(
      input.delivery_id,
      (audit) =>
        deps.endpoints.redeliver({
          ...{ accountId: caller.accountId, surface, deliveryId: input.delivery_id },
          ...{ newDeliveryId: deps.ids.next('delivery'), audit },
        }),
      (sent) => sent !== null,
    );
    if (row === null) throw fault(404, 'delivery_not_found', 'The delivery does not exist');
    return { id: row.id, delivery: toDelivery(row) };
  }),
];
