import type { FileFamily, LibraryFile } from '@polyreel/core';
import { readFlag, readPage } from './call.ts';
import { notFound } from './errors.ts';
import { toFileInfo } from './file-info.ts';
import { toInnerId, toOuterId } from './ids.ts';
import type { Router } from './router.ts';
import { type fileTypes, readBody, searchSchema, uploadSchema } from './schemas.ts';

const families = {
  IMAGE: 'image',
  VIDEO: 'video',
  AUDIO: 'audio',
  PDF: 'document',
  SLIDESHOW: 'document',
  TEXT: 'document',
  LOTTIE: 'document',
} as const satisfies Record<(typeof fileTypes)[number], FileFamily>;

const searchDefault = 10;

/** Section 5. Links are signed wherever a file is shown: a list is not poorer than its entries. */
export function routeFiles(router: Router): void {
  const { deps, settings } = router.context;
  const info = { files: deps.files, settings };
  const show = (file: LibraryFile) => toFileInfo(file, info);
  const innerId = (id: string): string => {
    const inner = toInnerId('file', id, 'fileId');
    if (inner === null) throw notFound('File');
    return inner;
  };

  router.get('/v1/files', 'files', async ({ principal, request }) => {
    const { limit, cursor } = readPage(request);
    readFlag(request, 'selfOnly');
    const collections = [
      'library' as const,
      ...(readFlag(request, 'includeProjectFiles') ? ['project' as const] : []),
      ...(readFlag(request, 'includeExportFiles') ? ['export' as const] : []),
    ];
    const page = await deps.files.list({
      accountId: principal.accountId,
      collections,
      limit,
      ...(cursor !== undefined && { cursor }),
    });
    return {
      files: await Promise.all(page.files.map(show)),
      hasMore: page.nextCursor !== null,
      nextCursor: page.nextCursor,
    };
  });

  router.post('/v1/files/search', 'search', async ({ principal, body }) => {
    const wish = readBody(searchSchema, body);
    const found = await deps.files.search(principal, { text: wish.query, limit: wish.numResults ?? searchDefault });
    const results = await Promise.all(
      found.map(async ({ file, similarityRatio }) => ({ similarity: similarityRatio, file: await show(file) })),
    );
    return { results };
  });

  router.post('/v1/files/upload', 'upload', async ({ principal, body }) => {
    const wish = readBody(uploadSchema, body);
    const { file, uploadUrl } = await deps.files.createUpload(principal, {
      displayName: wish.displayName,
      family: wish.type ? families[wish.type] : null,
      isTemporary: wish.isTemporary ?? false,
      transcript: wish.transcript ?? null,
    });
    return { fileId: toOuterId('file', file.id), uploadUrl };
  });

  router.get('/v1/files/:id', 'files', async ({ principal, id }) => show(await deps.files.get(principal, innerId(id))));
  router.post('/v1/files/:id/hydrate', 'hydrate', async ({ principal, id }) =>
    show(await deps.files.get(principal, innerId(id))),
  );
  router.post('/v1/files/:id/archive', 'other', async ({ principal, id }) =>
    show(await deps.files.archive(principal, innerId(id))),
  );
  router.post('/v1/files/:id/enable-public-preview', 'other', async ({ principal, id }) =>
    show(await deps.files.publish(principal, innerId(id))),
  );
  router.post('/v1/files/:id/disable-public-preview', 'other', async ({ principal, id }) =>
    show(await deps.files.unpublish(principal, innerId(id))),
  );
}
