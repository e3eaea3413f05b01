import { type Artifact, type Clock, DomainError, type ObjectStore } from '@polyreel/core';
import { z } from 'zod';
import type { LinkSigner } from './link-signer.ts';

export interface ResultLinksOptions {
  readonly objects: Pick<ObjectStore, 'link'>;
  readonly signer: LinkSigner;
  /** No trailing slash. */
  readonly publicUrl: string;
  /** Life of a file link. */
  readonly ttlSeconds: number;
  readonly clock: Clock;
}

/** Links to the results of jobs, as callers get them. */
export interface ResultLinkMaker {
  /** Signed and without headers. One link an object is reused until half of its life is gone, so polls cost nothing. */
  artifact(artifact: Artifact, options?: { isDownload: boolean }): Promise<string>;
  /** A page for people. It never expires; the films it shows have links of their own. */
  share(job: { id: string }): string;
  /** Job id of a share token, or null for one that was not made here. */
  openShare(token: string): string | null;
}

const maxRemembered = 20_000;

export function createResultLinks(options: ResultLinksOptions): ResultLinkMaker {
  const shares = options.signer.scope('share', z.object({ jobId: z.string() }));
  const made = new Map<string, { url: Promise<string>; freshUntil: number }>();
  return {
    artifact(artifact, { isDownload } = { isDownload: false }) {
      const now = options.clock.now().getTime();
      const cacheKey = `${isDownload ? 'd' : 'i'}:${artifact.objectKey}`;
      const known = made.get(cacheKey);
      if (known && known.freshUntil > now) return known.url;
      const url = options.objects.link(artifact.objectKey, {
        expiresInSeconds: options.ttlSeconds,
        disposition: { type: isDownload ? 'attachment' : 'inline', filename: artifact.name },
        contentType: artifact.mediaType,
      });
      if (made.size >= maxRemembered) made.clear();
      made.set(cacheKey, { url, freshUntil: now + options.ttlSeconds * 500 });
      url.catch(() => made.delete(cacheKey));
      return url;
    },
    share: (job) => `${options.publicUrl}/share/${shares.sign({ jobId: job.id }, { expiresInSeconds: null })}`,
    openShare(token) {
      try {
        return shares.verify(token).jobId;
      } catch (error) {
        if (error instanceof DomainError) return null;
        throw error;
      }
    },
  };
}
