import type { Artifact, JobView } from '@polyreel/core';
import type { FastifyInstance } from 'fastify';

export interface ShareSource {
  /** Null for a token that was not made here. */
  openToken(token: string): string | null;
  findJob(jobId: string): Promise<JobView | null>;
  link(artifact: Artifact, options: { isDownload: boolean }): Promise<string>;
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => escapes[character] ?? character);

/** `/share/<token>`: a page for people with player and download; unguessable, not indexed. */
export const shareRoutes =
  (source: ShareSource) =>
  async (app: FastifyInstance): Promise<void> => {
    app.get<{ Params: { token: string } }>('/share/:token', async (request, reply) => {
      const jobId = source.openToken(request.params.token);
      const job = jobId === null ? null : await source.findJob(jobId);
      const film = job?.state === 'succeeded' ? job.artifacts.find((artifact) => artifact.role === 'film') : undefined;
      reply.headers({
        'X-Robots-Tag': 'noindex, nofollow',
        'Referrer-Policy': 'no-referrer',
        'X-Content-Type-Options': 'nosniff',
        'Cache-Control': 'private, no-store',
        'Content-Type': 'text/html; charset=utf-8',
      });
      if (job?.kind === 'story' && !film && job.state !== 'failed' && job.state !== 'cancelled')
        return page(
          'No film yet',
          `<p>${job.state === 'succeeded' ? 'It has not been exported.' : 'It is still being made.'}</p>`,
        );
      if (!job || !film)
        return reply.status(404).send(page('Not found', '<p>This film does not exist or is no longer shared.</p>'));
      const poster = job.artifacts.find((artifact) => artifact.role === 'thumbnail');
      const [play, download, posterUrl] = await Promise.all([
        source.link(film, { isDownload: false }),
        source.link(film, { isDownload: true }),
        poster ? source.link(poster, { isDownload: false }) : null,
      ]);
      const size = film.width && film.height ? ` width="${film.width}" height="${film.height}"` : '';
      const posterText = posterUrl ? ` poster="${escapeHtml(posterUrl)}"` : '';
      return page(
        film.name,
        `<video controls playsinline preload="metadata" src="${escapeHtml(play)}"${posterText}${size}></video>
<p><a href="${escapeHtml(download)}" download="${escapeHtml(film.name)}">Download ${escapeHtml(film.name)}</a></p>`,
      );
    });
  };

const page = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<title>${escapeHtml(title)}</title>
<style>
body { margin: 0; min-height: 100vh; display: grid; place-content: center; justify-items: center; gap: 1rem; background: #111; color: #eee; font: 16px system-ui, sans-serif }
video { max-width: 96vw; max-height: 80vh; height: auto; background: #000; border-radius: 8px }
a { color: #9cf }
</style>
</head>
<body>
${body}
</body>
</html>
`;
