import { DomainError, type LinkOptions, linkSecondsMax } from '@polyreel/core';
import { z } from 'zod';
import type { LinkScope, LinkSigner } from './link-signer.ts';

/** What the token of `/files/<token>` says. */
export const fileLinkSchema = z.object({
  key: z.string(),
  method: z.enum(['GET', 'HEAD']),
  contentType: z.string(),
  disposition: z.object({ type: z.enum(['inline', 'attachment']), filename: z.string() }).optional(),
});
export type FileLink = z.infer<typeof fileLinkSchema>;
export type FileLinks = LinkScope<FileLink>;

export const fileLinks = (signer: LinkSigner): FileLinks => signer.scope('files', fileLinkSchema);

/** Links about a file, whatever its object is by then. */
export const fileIdLinks = (signer: LinkSigner, purpose: 'hls'): LinkScope<{ fileId: string }> =>
  signer.scope(purpose, z.object({ fileId: z.string() }));

/** Links to which the bytes of a file are put. `maxBytes`: a limit below the server's own. */
export const uploadLinks = (signer: LinkSigner): LinkScope<{ fileId: string; maxBytes?: number | undefined }> =>
  signer.scope('uploads', z.object({ fileId: z.string(), maxBytes: z.int().positive().optional() }));

const headerText = /^[\t\x20-\x7e]{1,200}$/;

/** Both adapters refuse the same options. */
export function checkLinkOptions({ expiresInSeconds, contentType, disposition }: LinkOptions): void {
  const isLife = Number.isSafeInteger(expiresInSeconds) && expiresInSeconds >= 1 && expiresInSeconds <= linkSecondsMax;
  if (!isLife) throw invalid(`a link cannot live for ${expiresInSeconds} seconds: 1 to ${linkSecondsMax}`);
  if (!headerText.test(contentType)) throw invalid(`${JSON.stringify(contentType.slice(0, 200))} is not a content type`);
  const nameLength = disposition?.filename.length ?? 0;
  if (nameLength > 255) throw invalid(`a file name of ${nameLength} characters is longer than 255`);
}

function invalid(message: string): DomainError {
  return new DomainError('invalid_request', message, { code: 'invalid_link_options' });
}
