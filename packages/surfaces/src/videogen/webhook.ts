import type { WebhookDialect, WebhookFiles } from '../surface.ts';
import { toSeconds } from './call.ts';
import { toFileInfo } from './file-info.ts';
import { errorOf, toResults, toolTypeOf } from './from-job.ts';
import { toOuterId } from './ids.ts';
import { toExportNews } from './from-export.ts';
import { toRunNews } from './from-run.ts';
import { fileEventName, jobEventName } from './webhook-words.ts';

/** Transcripts in messages are the text that clients of both generations take. */
const infoOf = (files: WebhookFiles) => ({ files, settings: { VIDEOGEN_TRANSCRIPT_FORM: 'text' as const } });

/** Section 8: flat objects. Files are hydrated and show their latest state. */
export const webhook: WebhookDialect = {
  scheme: 'standard-webhooks',
  async body(job, links, message, files) {
    const error = errorOf(job);
    const told = { event: jobEventName(message.event, job.kind), occurredAt: toSeconds(message.createdAt) };
    if (job.kind === 'story') return { ...told, ...(await toRunNews(job, { files, links })) };
    if (job.kind === 'timeline') return { ...told, ...(await toExportNews(job, { files })) };
    return {
      ...told,
      toolExecutionId: job.externalId,
      toolType: toolTypeOf(job),
      ...(job.state === 'succeeded' && { results: await toResults(job, { files }, infoOf(files)) }),
      ...(error && { error }),
    };
  },
  async fileBody(file, message, files) {
    const isFailure = message.event === 'file.upload_failed' || message.event === 'file.analysis_failed';
    const error = file.failure ?? { code: 'analysis_failed', message: 'The file could not be analysed' };
    return {
      event: fileEventName(message.event),
      fileId: toOuterId('file', file.id),
      occurredAt: toSeconds(message.createdAt),
      file: await toFileInfo(file, infoOf(files), { hasAnalysis: false }),
      ...(isFailure && { error }),
    };
  },
};
