import type { EndpointRow } from '@polyreel/core';
import { z } from 'zod';
import { readPage, surfaceName, toSeconds } from './call.ts';
import { badParameter, notFound } from './errors.ts';
import { toInnerId, toOuterId } from './ids.ts';
import type { Router } from './router.ts';
import { readBody } from './schemas.ts';
import { eventNames, toDomainEvents, toWireEvents } from './webhook-words.ts';

const endpointsMax = 100;

const createSchema = z.object({
  url: z.string({ error: 'url is required' }).max(2000),
  events: z
    .array(z.string())
    .min(1, 'events must name at least one event')
    .max(100)
    .refine((events) => events.every((event) => eventNames.includes(event)), `events must be some of ${eventNames.join(', ')}`),
  description: z.string().max(1000).nullish(),
});

/** Section 7. Endpoints get every message from the moment in which they are made to that in which they are deleted. */
export function routeWebhooks(router: Router): void {
  const { deps } = router.context;
  const show = async (endpoint: EndpointRow) => ({
    endpointId: toOuterId('endpoint', endpoint.id),
    url: endpoint.url,
    events: toWireEvents(endpoint.events),
    description: endpoint.description,
    createdAt: toSeconds(endpoint.createdAt),
    signingSecretLast4: (await deps.endpointSecrets.current(endpoint.id))[0]?.slice(-4),
  });

  router.get('/v1/webhooks/endpoints', 'webhook-list', async ({ principal, request }) => {
    const { limit, cursor } = readPage(request);
    const afterId = cursor === undefined ? null : toInnerId('endpoint', cursor, 'cursor');
    if (cursor !== undefined && afterId === null) throw badParameter('cursor is none of this list');
    const { endpoints, hasMore } = await deps.endpoints.list({
      accountId: principal.accountId,
      surface: surfaceName,
      limit,
      ...(afterId !== null && { afterId }),
    });
    const last = endpoints.at(-1);
    return {
      endpoints: await Promise.all(endpoints.map(show)),
      hasMore,
      nextCursor: hasMore && last ? toOuterId('endpoint', last.id) : null,
    };
  });

  router.post('/v1/webhooks/endpoints', 'webhook-create', async ({ principal, body, reply }) => {
    const wish = readBody(createSchema, body);
    const url = readUrl(wish.url, deps.isForbiddenHost);
    const id = deps.ids.next('endpoint');
    const secret = deps.endpointSecrets.make(id);
    const endpoint = await deps.endpoints.create({
      id,
      accountId: principal.accountId,
      surface: surfaceName,
      url,
      events: toDomainEvents(wish.events),
      description: wish.description ?? null,
      secret: secret.stored,
      endpointsMax,
    });
    return reply.status(201).send({ ...(await show(endpoint)), signingSecret: secret.text });
  });

  router.delete('/v1/webhooks/endpoints/:id', 'webhook-delete', async ({ principal, id, reply }) => {
    const inner = toInnerId('endpoint', id, 'endpointId');
    const key = { accountId: principal.accountId, surface: surfaceName, id: inner ?? '' };
    if (inner === null || (await deps.endpoints.remove(key)) === null) throw notFound('Webhook endpoint');
    return reply.status(204).send();
  });
}

function readUrl(text: string, isForbiddenHost: (host: string) => boolean): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '') throw badParameter('url must be an https:// URL');
  if (isForbiddenHost(url.hostname)) throw badParameter('url must not name a private address');
  return url.href;
}
