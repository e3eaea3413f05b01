import type { WebhookDialect } from '../surface.ts';
import { toRender } from './from-job.ts';
import type { WebhookEvent } from './schemas.ts';

const eventOfDomain: ReadonlyMap<string, WebhookEvent> = new Map([
  ['job.succeeded', 'render.done'],
  ['job.failed', 'render.failed'],
  ['job.cancelled', 'render.cancelled'],
]);
const domainOfEvent = {
  'render.done': 'job.succeeded',
  'render.failed': 'job.failed',
  'render.cancelled': 'job.cancelled',
} as const;

export const toDomainEvent = (event: WebhookEvent): (typeof domainOfEvent)[WebhookEvent] => domainOfEvent[event];
/** `webhook.test` and what else is sent to one receiver alone keeps its name. */
export const toWireEvent = (event: string): string => eventOfDomain.get(event) ?? event;

/** The message's own id, beside that of its delivery. */
export const eventIdOf = (deliveryId: string): string => `evt_${deliveryId.replace(/^dlv_/, '')}`;

export const envelope = (message: { deliveryId: string; event: string; createdAt: Date }, data: unknown) => {
  const type = toWireEvent(message.event);
  return { id: eventIdOf(message.deliveryId), type, event: type, created_at: message.createdAt.toISOString(), data };
};

export const webhook: WebhookDialect = {
  scheme: 'standard-webhooks',
  body: async (job, links, message) => envelope(message, { render: await toRender(job, links, null) }),
};
