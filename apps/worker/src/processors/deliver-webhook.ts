import {
  type ClaimedDelivery,
  type Clock,
  type DeliveryStore,
  DomainError,
  type JobStore,
  type LibraryStore,
} from '@polyreel/core';
import type { ResultLinks, WebhookDialect, WebhookFiles } from '@polyreel/surfaces';
import { type AccountSecrets, DeliveryLoop, type EndpointSecrets, type SafeFetch } from '@polyreel/webhooks';

export interface DeliveriesDeps {
  readonly store: DeliveryStore;
  readonly jobs: Pick<JobStore, 'findById'>;
  readonly library: Pick<LibraryStore, 'findById'>;
  readonly files: WebhookFiles;
  /** Of one-off callbacks. */
  readonly secrets: AccountSecrets;
  readonly endpointSecrets: Pick<EndpointSecrets, 'current'>;
  readonly dialects: ReadonlyMap<string, WebhookDialect | null>;
  readonly links: ResultLinks;
  readonly fetch: SafeFetch;
  readonly clock: Clock;
  onOutcome(outcome: string): void;
  onFault(where: string, error: unknown): void;
}

/** Sends callbacks of jobs, and what endpoints subscribed to, in the dialect of the surface that took them. */
export function createDeliveries(deps: DeliveriesDeps): DeliveryLoop {
  return new DeliveryLoop({
    store: deps.store,
    fetch: deps.fetch,
    clock: deps.clock,
    random: Math.random,
    onFault: deps.onFault,
    onOutcome: (_delivery, outcome) => deps.onOutcome(outcome.verdict.kind),
    async prepare(delivery) {
      const dialect = deps.dialects.get(delivery.surface);
      if (!dialect)
        throw new DomainError('internal', `surface ${delivery.surface} has no webhooks`, { code: 'no_webhook_dialect' });
      return {
        scheme: dialect.scheme,
        protocols: ['https:'],
        secrets: await (delivery.endpointId === null
          ? deps.secrets.current(delivery.accountId)
          : deps.endpointSecrets.current(delivery.endpointId)),
        makeBody: () => makeBody(deps, dialect, delivery),
      };
    },
  });
}

async function makeBody(deps: DeliveriesDeps, dialect: WebhookDialect, delivery: ClaimedDelivery): Promise<string> {
  if (delivery.fileId) {
    const file = await deps.library.findById(delivery.fileId);
    if (!file || !dialect.fileBody) throw new DomainError('not_found', 'the file of the delivery is gone', { code: 'file_gone' });
    return JSON.stringify(await dialect.fileBody(file, delivery, deps.files));
  }
  const job = delivery.jobId === null ? null : await deps.jobs.findById(delivery.jobId);
  if (!job) throw new DomainError('not_found', 'the job of the delivery is gone', { code: 'job_gone' });
  return JSON.stringify(await dialect.body(job, deps.links, delivery, deps.files));
}
