import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { voiceCatalog } from '@polyreel/core';
import type { FastifyInstance } from 'fastify';
import { readFlag, readPage } from './call.ts';
import { badParameter, notFound } from './errors.ts';
import { toOuterId } from './ids.ts';
import { findPresenter, presenterFiles, presenterId, presenterPath, presenters, toPresenterInfo } from './presenters.ts';
import type { Router } from './router.ts';
import { findSpeaker, listLanguages, matchesQuery, toVoiceInfo, voiceId } from './voices.ts';

/** Section 6, and of section 10 the caller and the languages. */
export function routeResources(router: Router): void {
  const { deps } = router.context;

  router.get('/v1/resources/tts-voices', 'resources', async ({ request }) => {
    readFlag(request, 'includeDeprecatedVoices');
    const query = new URLSearchParams(request.url.split('?')[1] ?? '').get('query') ?? '';
    const voices = voiceCatalog.filter((voice) => matchesQuery(voice, query));
    const { page, ...paging } = pageOf(voices, voiceId, readPage(request));
    return { ttsVoices: page.map(toVoiceInfo), ...paging };
  });

  router.get('/v1/resources/avatar-presenters', 'resources', async ({ request }) => {
    const wanted = new URLSearchParams(request.url.split('?')[1] ?? '').get('voiceId');
    const gender = wanted ? findSpeaker({ voiceId: wanted }).gender.toUpperCase() : null;
    const sorted = presenters.toSorted((a, b) => Number(b.gender === gender) - Number(a.gender === gender));
    const { page, ...paging } = pageOf(sorted, presenterId, readPage(request));
    return { avatarPresenters: page.map((presenter) => toPresenterInfo(presenter, deps.publicUrl)), ...paging };
  });

  router.get('/v1/resources/languages', 'resources', async ({ request }) => ({
    languages: listLanguages(new URLSearchParams(request.url.split('?')[1] ?? '').get('query')),
  }));

  router.get('/v1/me', 'resources', async ({ principal }) => {
    const keys = await deps.accounts.listKeys(principal.accountId);
    const key = keys.find(({ id }) => id === principal.keyId);
    return {
      apiKeyId: toOuterId('key', principal.keyId),
      apiKeyNickname: key?.name ?? '',
      // Accounts of a self-hosted server need no address; this one says which account and which server.
      email: `${principal.accountId}@${new URL(deps.publicUrl).hostname}`,
      displayName: null,
      teamId: toOuterId('team', principal.accountId),
    };
  });
}

/** Stills and clips of the presenters: the same for everybody, so they need no key. */
export function routePresenterFiles(app: FastifyInstance): void {
  app.get<{ Params: { id: string; file: string } }>('/v1/presenters/:id/:file', async (request, reply) => {
    const presenter = findPresenter(request.params.id);
    const file = (['still', 'thumbnail', 'preview'] as const).find((name) => name === request.params.file);
    if (!file) throw notFound('File');
    const path = presenterPath(presenter, file);
    const { size } = await stat(path);
    return reply
      .headers({
        'Content-Type': presenterFiles[file],
        'Content-Length': size,
        'Cache-Control': 'public, max-age=86400',
        'Access-Control-Allow-Origin': '*',
        'X-Content-Type-Options': 'nosniff',
      })
      .send(createReadStream(path));
  });
}

/** A page of what is in memory; the cursor is the id of the last entry before it. */
function pageOf<T>(
  all: readonly T[],
  idOf: (entry: T) => string,
  { limit, cursor }: { limit: number; cursor?: string },
): { page: readonly T[]; hasMore: boolean; nextCursor: string | null } {
  const at = cursor === undefined ? -1 : all.findIndex((entry) => idOf(entry) === cursor);
  if (cursor !== undefined && at < 0) throw badParameter('cursor is none of this list');
  const page = all.slice(at + 1, at + 1 + limit);
  const last = page.at(-1);
  const hasMore = at + 1 + limit < all.length;
  return { page, hasMore, nextCursor: hasMore && last !== undefined ? idOf(last) : null };
}
