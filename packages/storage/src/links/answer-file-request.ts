import type { Readable } from 'node:stream';
import { DomainError, type ObjectStore } from '@polyreel/core';
import type { FileLinks } from './file-links.ts';
import { planFileResponse } from './file-response.ts';

export interface FileAnswerQuery {
  readonly store: Pick<ObjectStore, 'head' | 'get'>;
  readonly links: FileLinks;
  readonly token: string;
  readonly method: 'GET' | 'HEAD';
  readonly headers: Readonly<Record<'range' | 'ifRange' | 'ifNoneMatch', string | undefined>>;
  readonly signal: AbortSignal;
}

export interface FileAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable | null;
}

const replacedMax = 5;

/**
 * Answers `/files/<token>`. Throws DomainError `forbidden` (code `link_invalid`, `link_expired`) and `not_found` (also when the
 * object has gone). A link for HEAD does not give the content; one for GET answers HEAD too.
 */
export async function answerFileRequest({ store, links, token, method, headers, signal }: FileAnswerQuery): Promise<FileAnswer> {
  const link = links.verify(token);
  if (link.method === 'HEAD' && method !== 'HEAD') {
    throw new DomainError('forbidden', 'the link is for HEAD requests only', { code: 'link_invalid' });
  }
  for (let replaced = 0; replaced < replacedMax; replaced += 1) {
    const info = await store.head(link.key);
    if (info === null) throw new DomainError('not_found', 'the file does not exist any more', { code: 'object_not_found' });
    const plan = planFileResponse({
      method,
      rangeHeader: headers.range,
      ifRange: headers.ifRange,
      ifNoneMatch: headers.ifNoneMatch,
      object: { ...info, contentType: link.contentType },
      disposition: link.disposition,
    });
    if (plan.send === null) return { status: plan.status, headers: plan.headers, body: null };
    const content = await store.get(link.key, { range: plan.send, signal });
    // Replaced between the two calls: the headers would describe other bytes.
    if (content.etag === info.etag) return { status: plan.status, headers: plan.headers, body: content.stream };
    content.stream.destroy();
  }
  throw new DomainError('conflict', 'the file is being replaced all the time', { code: 'object_changes' });
}
