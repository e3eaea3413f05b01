import { type Artifact, type JobView, timelineStretches } from '@polyreel/core';
import type { ResultLinks } from '../surface.ts';
import { clientRefSchema, type RenderStatus } from './schemas.ts';

/**
 * What a render does now. It generates until only the drawing is left; a running step tells the rest by its progress: it fetches, draws,
 * then stores. The share that generating had is not known here: after it no more is told apart than drawing and storing.
 */
export function statusOf(job: Pick<JobView, 'state' | 'progressRatio' | 'milestonesDone' | 'milestonesTotal'>): RenderStatus {
  switch (job.state) {
    case 'queued':
      return 'queued';
    case 'running':
      if (job.milestonesTotal - job.milestonesDone > 1) return 'generating';
      if (job.milestonesTotal <= 1 && job.progressRatio < timelineStretches.fetching) return 'fetching';
      return job.progressRatio < timelineStretches.rendering ? 'rendering' : 'saving';
    case 'succeeded':
      return 'done';
    case 'failed':
    case 'cancelled':
      return job.state;
  }
}

/** The file that was asked for; poster, thumbnail and captions come beside it. */
export const outputOf = (job: Pick<JobView, 'artifacts'>): Artifact | undefined => job.artifacts[0];

const roleOf = (artifact: Artifact, index: number): string => {
  if (index === 0) return 'output';
  if (artifact.role === 'thumbnail') return 'thumbnail';
  return artifact.role === 'document' ? 'captions' : 'poster';
};

/** The caller's words for a failure: where it names a place in the timeline, that place is told apart. */
function errorOf(job: JobView) {
  if (job.error === null) return null;
  const { code, message } = job.error;
  const place = /^((?:timeline|output)[\w.[\]]*): (.*)$/s.exec(message);
  const path = place?.[1] ?? null;
  const text = place?.[2] ?? message;
  return { code, message: text, path, details: path === null ? [] : [{ path, code, message: text }] };
}

export async function toRender(job: JobView, links: ResultLinks, queuePosition: number | null) {
  const ref = clientRefSchema.parse(job.clientRef);
  const status = statusOf(job);
  const output = outputOf(job);
  // Of a render that failed nothing is given away, whatever a step had made before.
  const given = job.state === 'succeeded' ? job.artifacts : [];
  const files = await Promise.all(
    given.map(async (artifact, index) => ({
      role: roleOf(artifact, index),
      url: await links.artifact(artifact),
      name: artifact.name,
      content_type: artifact.mediaType,
      size_bytes: artifact.sizeBytes,
    })),
  );
  const urlOf = (role: string): string | null => files.find((file) => file.role === role)?.url ?? null;
  return {
    id: job.externalId,
    status,
    progress: Math.floor(job.progressRatio * 100),
    stage: job.state === 'running' ? status : null,
    queue_position: queuePosition,
    template_id: ref.templateId,
    template_version: ref.templateVersion,
    output: ref.output,
    url: urlOf('output'),
    poster: urlOf('poster'),
    thumbnail: urlOf('thumbnail'),
    files,
    duration: output?.durationSeconds ?? ref.durationSeconds,
    width: output?.width ?? ref.width,
    height: output?.height ?? ref.height,
    size_bytes: output?.sizeBytes ?? null,
    error: errorOf(job),
    warnings: job.warnings.map(({ code, details }) => ({ code, ...details })),
    metadata: ref.metadata,
    attempts: job.startedAt === null ? 0 : 1 + job.retries,
    created_at: job.createdAt.toISOString(),
    started_at: job.startedAt?.toISOString() ?? null,
    finished_at: job.finishedAt?.toISOString() ?? null,
    updated_at: job.updatedAt.toISOString(),
  };
}

/** `data` of every method that answers with one render. */
export async function toRenderData(job: JobView, links: ResultLinks, queuePosition: number | null) {
  const render = await toRender(job, links, queuePosition);
  return { id: render.id, status: render.status, url: render.url, render };
}
