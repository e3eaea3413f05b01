import type { JobView, Warning } from '@polyreel/core';
import type { FastifyReply } from 'fastify';

const quote = (value: string): string => `"${value.replace(/["\\]/g, '\\$&').replace(/[^\x20-\x7e]/g, '?')}"`;

const warningText = (warning: Warning): string =>
  [warning.code, ...Object.entries(warning.details).map(([key, value]) => `${key}=${quote(value)}`)].join('; ');

/** `X-Polyreel-Job`, `X-Polyreel-Runner` and `X-Polyreel-Warning` of an answer about a job. */
export function setJobHeaders(reply: FastifyReply, job: JobView): void {
  reply.header('X-Polyreel-Job', job.id);
  if (job.runners.length > 0) reply.header('X-Polyreel-Runner', job.runners.join(', '));
  if (job.warnings.length > 0) reply.header('X-Polyreel-Warning', job.warnings.map(warningText).join(', '));
}
