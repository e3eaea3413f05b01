import { type JobView, waitForChange } from '@polyreel/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { SurfaceDeps } from '../surface.ts';

const waitSecondsMax = 60;

/** Seconds of the first `wait` of a `Prefer` header (RFC 7240), at most 60; null: none that can be read. */
export function readWaitSeconds(header: string | readonly string[] | undefined): number | null {
  const preferences = [header ?? []].flat().join(',').split(',');
  const waits = preferences.map((text) => /^\s*wait\s*=\s*"?(\d{1,9})"?\s*(;|$)/i.exec(text)?.[1]);
  const first = waits.find((seconds) => seconds !== undefined);
  return first === undefined ? null : Math.min(Number(first), waitSecondsMax);
}

export interface HeldStatus {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly job: JobView;
  /** The job now; null: it is gone. */
  read(): Promise<JobView | null>;
}

/**
 * For status calls: the job to answer with. With `Prefer: wait=N` that is the job once its state has changed, or after N seconds;
 * `Preference-Applied` says so. A client that goes away frees the wait.
 */
export async function holdStatus(deps: Pick<SurfaceDeps, 'signals'>, held: HeldStatus): Promise<JobView | null> {
  const { request, reply, job, read } = held;
  const seconds = readWaitSeconds(request.headers.prefer);
  if (seconds === null) return job;
  reply.header('Preference-Applied', `wait=${seconds}`);
  if (seconds === 0) return job;
  const gone = new AbortController();
  const onClose = (): void => gone.abort();
  reply.raw.once('close', onClose);
  try {
    if (reply.raw.destroyed) gone.abort();
    return await waitForChange({ job, signals: deps.signals, read, timeoutMs: seconds * 1000, gone: gone.signal });
  } finally {
    reply.raw.off('close', onClose);
  }
}
