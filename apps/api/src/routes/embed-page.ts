import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { type LibraryFile, sizeOf } from '@polyreel/core';

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => escapes[character] ?? character);

let script: Promise<string> | null = null;

/** hls.js and the few lines that start it: browsers that play HLS themselves do not need it. */
export function playerScript(): Promise<string> {
  script ??= readFile(createRequire(import.meta.url).resolve('hls.js/dist/hls.light.min.js'), 'utf8').then(
    (library) => `${library}\n;${startPlayer}`,
  );
  return script;
}

const startPlayer = `(() => {
  const player = document.querySelector('[data-stream]');
  if (!player) return;
  const stream = player.dataset.stream;
  if (window.Hls && window.Hls.isSupported()) {
    const hls = new window.Hls();
    hls.on(window.Hls.Events.ERROR, (event, data) => {
      if (!data.fatal) return;
      hls.destroy();
      player.src = player.dataset.fallback;
    });
    hls.loadSource(stream);
    hls.attachMedia(player);
  } else player.src = player.canPlayType('application/vnd.apple.mpegurl') ? stream : player.dataset.fallback;
})();`;

/** A page for an iframe: the film, the sound or the picture, and nothing else. */
export function embedPage(file: LibraryFile, hasStream: boolean): string {
  const base = `/public/${file.playbackId}`;
  const title = escapeHtml(file.displayName);
  if (file.family === 'image') return page(title, `<img src="${base}/file" alt="${title}">`);
  if (file.family !== 'video' && file.family !== 'audio') return page(title, `<p><a href="${base}/file">${title}</a></p>`);
  const { width, height } = sizeOf(file.facts);
  const size = width !== undefined && height !== undefined ? ` style="aspect-ratio: ${width} / ${height}"` : '';
  const hasPoster = file.renditions.some(({ name, state }) => name === 'thumbnail' && state === 'ready');
  const poster = file.family === 'video' && hasPoster ? ` poster="${base}/poster"` : '';
  const source = hasStream ? ` data-stream="${base}/index.m3u8" data-fallback="${base}/preview"` : ` src="${base}/file"`;
  const player = `<${file.family} controls playsinline preload="metadata"${source}${poster}${size}></${file.family}>`;
  return page(title, `${player}${hasStream ? '<script src="/embed/player.js"></script>' : ''}`);
}

const page = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>
html, body { margin: 0; height: 100%; background: #000; color: #eee; font: 16px system-ui, sans-serif }
body { display: grid; place-items: center }
video, img { max-width: 100%; max-height: 100%; width: 100%; object-fit: contain }
audio { width: min(40rem, 96%) }
a { color: #9cf }
</style>
</head>
<body>${body}</body>
</html>
`;

export const notPublicPage = page('Not found', '<p>This file does not exist or is not public.</p>');
