import {
  buildPlaylist,
  DomainError,
  type LibraryFile,
  type LibraryStore,
  type ObjectStore,
  playbackIdLength,
  type Rendition,
  streamFactsSchema,
} from '@polyreel/core';
import { planFileResponse } from '@polyreel/storage';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { embedPage, notPublicPage, playerScript } from './embed-page.ts';

export interface FileStreamsOptions {
  readonly library: Pick<LibraryStore, 'findById' | 'findByPlaybackId'>;
  readonly objects: Pick<ObjectStore, 'link' | 'head' | 'get'>;
  /** Throws DomainError `forbidden`. */
  openStream(token: string): { fileId: string };
  readonly ttlSeconds: number;
  /** Links that begin so are this server's own: their bytes are answered at once, without a redirect. */
  readonly ownLinks: string;
}

/** Anybody may play: players run on pages of other origins. */
const cors = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'Content-Length, Content-Range, Accept-Ranges',
};
const playlistType = 'application/vnd.apple.mpegurl';
/** A redirect is followed at once; the link behind it may be short. */
const redirectSeconds = 3600;

/**
 * `/hls/<token>/index.m3u8`: a private stream, its playlist written on request with a signed link for its segments.
 * `/public/<id>/...` and `/embed/<id>`: what the owner made public, until that is taken back. A surface may put a prefix before the id.
 */
export const fileStreamRoutes =
  (options: FileStreamsOptions) =>
  async (app: FastifyInstance): Promise<void> => {
    const { library, objects } = options;
    const publicFile = (id: string): Promise<LibraryFile | null> => library.findByPlaybackId(id.slice(-playbackIdLength));

    app.route<{ Params: { token: string } }>({
      method: ['GET', 'HEAD'],
      url: '/hls/:token/index.m3u8',
      handler: async (request, reply) => {
        const { fileId } = openOrRefuse(options, request.params.token);
        const playlist = playlistOf(await library.findById(fileId));
        if (!playlist) return reply.status(404).send({ error: 'Not found' });
        const { rendition, facts } = playlist;
        const media = await objects.link(rendition.objectKey, {
          expiresInSeconds: options.ttlSeconds,
          contentType: rendition.mediaType,
        });
        return reply
          .headers({ ...cors, 'Content-Type': playlistType, 'Cache-Control': 'private, no-store' })
          .send(buildPlaylist(facts, media));
      },
    });

    app.route<{ Params: { id: string; name: string } }>({
      method: ['GET', 'HEAD'],
      url: '/public/:id/:name',
      handler: async (request, reply) => {
        reply.headers({ ...cors, 'Cache-Control': 'no-cache' });
        const file = await publicFile(request.params.id);
        const { name } = request.params;
        if (file && name === 'index.m3u8') {
          const playlist = playlistOf(file);
          if (playlist) return reply.header('Content-Type', playlistType).send(buildPlaylist(playlist.facts, 'media'));
        }
        const form = file && formOf(file, name);
        if (!form) return reply.status(404).send({ error: 'Not found' });
        return answerObject(options, request, reply, form);
      },
    });

    app.get('/embed/player.js', async (_request, reply) =>
      reply
        .headers({ 'Content-Type': 'text/javascript; charset=utf-8', 'Cache-Control': 'public, max-age=86400' })
        .send(await playerScript()),
    );

    app.get<{ Params: { id: string } }>('/embed/:id', async (request, reply) => {
      const file = await publicFile(request.params.id);
      reply.headers({
        'Content-Type': 'text/html; charset=utf-8',
        'Cache-Control': 'no-cache',
        'Referrer-Policy': 'no-referrer',
        'X-Content-Type-Options': 'nosniff',
        'X-Robots-Tag': 'noindex',
      });
      return file ? embedPage(file, playlistOf(file) !== null) : reply.status(404).send(notPublicPage);
    });
  };

function openOrRefuse(options: FileStreamsOptions, token: string): { fileId: string } {
  try {
    return options.openStream(token);
  } catch (error) {
    if (error instanceof DomainError && error.kind === 'forbidden')
      throw Object.assign(new Error(error.message), { statusCode: error.code === 'link_expired' ? 410 : 403 });
    throw error;
  }
}

function playlistOf(file: LibraryFile | null) {
  const rendition = file?.renditions.find(({ name, state }) => name === 'playlist' && state === 'ready');
  if (!rendition) return null;
  const { stream } = z.object({ stream: streamFactsSchema }).parse(rendition.facts);
  return { rendition, facts: stream };
}

interface Form {
  readonly objectKey: string;
  readonly mediaType: string;
  readonly filename: string;
}

/** `file`, `preview`, `poster`, and the media of the stream. */
function formOf(file: LibraryFile, name: string): Form | null {
  const filename = file.displayName.slice(0, 200);
  if (name === 'file')
    return file.state === 'ready' && file.family !== null
      ? { objectKey: file.objectKey, mediaType: file.mediaType, filename }
      : null;
  const names: Readonly<Record<string, Rendition['name']>> = { preview: 'preview', poster: 'thumbnail', media: 'playlist' };
  const made = file.renditions.find((one) => one.name === names[name] && one.state === 'ready');
  return made ? { objectKey: made.objectKey, mediaType: made.mediaType, filename } : null;
}

async function answerObject(
  options: FileStreamsOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  form: Form,
): Promise<FastifyReply> {
  const disposition = { type: 'inline', filename: form.filename } as const;
  const link = await options.objects.link(form.objectKey, {
    expiresInSeconds: redirectSeconds,
    disposition,
    contentType: form.mediaType,
  });
  if (!link.startsWith(options.ownLinks)) return reply.redirect(link, 302);
  const object = await options.objects.head(form.objectKey);
  if (object === null) return reply.status(404).send({ error: 'Not found' });
  const { range: rangeHeader, 'if-none-match': ifNoneMatch, 'if-range': ifRange } = request.headers;
  const plan = planFileResponse({
    method: request.method === 'HEAD' ? 'HEAD' : 'GET',
    rangeHeader,
    ifNoneMatch,
    ifRange: typeof ifRange === 'string' ? ifRange : undefined,
    object: { ...object, contentType: form.mediaType },
    disposition,
  });
  reply.status(plan.status).headers({ ...plan.headers, 'Cache-Control': 'no-cache' });
  if (plan.send === null) return reply.send(null);
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  const { stream } = await options.objects.get(form.objectKey, { range: plan.send, signal: gone.signal });
  return reply.send(stream);
}
