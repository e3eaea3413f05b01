import { Readable } from 'node:stream';
import type { Authenticator, JobSignals, JobStore, JobView, Principal } from '@polyreel/core';
import { readKey } from '@polyreel/surfaces';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { defaultTimes, type PreviewFeed, type StreamTimes, streamJob } from './stream-job.ts';

export interface EventRoutesOptions {
  readonly authenticator: Authenticator;
  readonly jobs: Pick<JobStore, 'findById' | 'findByExternalId' | 'events'>;
  readonly signals: JobSignals;
  readonly previews: PreviewFeed;
  /** Names of the surfaces that are switched on. */
  readonly surfaces: readonly string[];
  readonly times?: StreamTimes;
}

/**
 * `GET /jobs/<id>/events`: what happens to a job, as server-sent events. Takes our own id or the one that the surface shows, and a
 * key in any header. `state` (stored, numbered), `progress` and `preview` (latest only) until `end`;
 * `Last-Event-ID` resumes.
 */
export const eventRoutes =
  (options: EventRoutesOptions) =>
  async (app: FastifyInstance): Promise<void> => {
    app.route<{ Params: { id: string } }>({
      method: 'GET',
      url: '/jobs/:id/events',
      exposeHeadRoute: false,
      handler: async (request, reply) => {
        reply.header('Cache-Control', 'no-store');
        const key = readKey(request, 'bearer') ?? readKey(request, 'x-api-key');
        const principal = key === null ? null : await findPrincipal(key, options);
        if (!principal) return reply.status(401).header('WWW-Authenticate', 'Bearer').send({ error: 'Unauthorized' });
        const job = await findJob(request.params.id, principal, options);
        if (!job) return reply.status(404).send({ error: 'Job not found' });
        const frames = streamJob({
          job,
          jobs: options.jobs,
          signals: options.signals,
          previews: options.previews,
          afterSeq: readLastEventId(request.headers['last-event-id']),
          gone: goneSignal(reply),
          times: options.times ?? defaultTimes,
        });
        return reply
          .headers({ 'Content-Type': 'text/event-stream; charset=utf-8', 'X-Accel-Buffering': 'no', 'X-Polyreel-Job': job.id })
          .send(Readable.from(frames));
      },
    });
  };

/** A key may be bound to some surfaces; it is good here if it is on any. */
async function findPrincipal(key: string, { authenticator, surfaces }: EventRoutesOptions): Promise<Principal | null> {
  for (const surface of surfaces) {
    const principal = await authenticator.authenticate(key, surface);
    if (principal) return principal;
  }
  return null;
}

/** Letters, digits and dashes: the forms of all ids. Other texts name no job, and some no database would take. */
const idPattern = /^[\w-]{1,100}$/;

/** Null for unknown and foreign ids alike, and for jobs of a surface that the key is not for. */
async function findJob(id: string, principal: Principal, { jobs, surfaces }: EventRoutesOptions): Promise<JobView | null> {
  if (!idPattern.test(id)) return null;
  const mayRead = (job: JobView | null): job is JobView =>
    job !== null && job.accountId === principal.accountId && (principal.surfaces?.includes(job.surface) ?? true);
  const own = await jobs.findById(id);
  if (mayRead(own)) return own;
  for (const surface of surfaces) {
    const job = await jobs.findByExternalId({ accountId: principal.accountId, surface, externalId: id });
    if (mayRead(job)) return job;
  }
  return null;
}

/** 0, which is the beginning, for what is no number of ours. */
function readLastEventId(header: string | readonly string[] | undefined): number {
  const text = typeof header === 'string' ? header : '';
  return /^\d{1,9}$/.test(text) ? Number(text) : 0;
}

function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return gone.signal;
}
