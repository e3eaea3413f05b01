import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { RenditionName } from '@polyreel/core';
import { extractThumbnail, type MediaTools, probe, readImageHeader } from '@polyreel/media';
import { makeAudioPreview, makeImageRenditions, makeVideoPreview, packStream } from '@polyreel/media/renditions';
import type { Identified } from './identify.ts';

/** A form of a file that was made in scratch. */
export interface MadeForm {
  readonly name: RenditionName;
  readonly path: string;
  readonly mediaType: string;
  readonly facts: unknown;
}

export interface FormsRequest {
  readonly media: MediaTools;
  readonly input: string;
  readonly found: Identified;
  readonly scratchDir: string;
  readonly signal: AbortSignal;
  onProgress(ratio: number): void;
}

const thumbnailSide = 256;
const filmThumbnailSide = 480;
const previewSide = 720;

/** The forms of a file, each as soon as it is there. */
export async function* makeForms(request: FormsRequest): AsyncGenerator<MadeForm> {
  const { found } = request;
  if (!found.isOpenable) return;
  if (found.family === 'image') yield* imageForms(request);
  else if (found.family === 'video') yield* filmForms(request);
  else yield* soundForms(request);
}

async function* imageForms({ media, input, scratchDir, signal }: FormsRequest): AsyncGenerator<MadeForm> {
  const sides = { thumbnail: thumbnailSide, preview: previewSide } as const;
  for (const { name, ...made } of await makeImageRenditions(media, { input, scratchDir, sides, signal }))
    yield { ...made, name: name === 'thumbnail' ? 'thumbnail' : 'preview', facts: await pictureSize(made.path) };
}

async function* filmForms(request: FormsRequest): AsyncGenerator<MadeForm> {
  const { media, input, found, scratchDir, signal } = request;
  const frame = path.join(scratchDir, 'frame.jpg');
  await extractThumbnail(media, { input, output: frame, signal });
  const [thumbnail] = await makeImageRenditions(media, {
    input: frame,
    scratchDir,
    sides: { thumbnail: filmThumbnailSide },
    signal,
  });
  if (thumbnail) yield { ...thumbnail, name: 'thumbnail', facts: await pictureSize(thumbnail.path) };
  request.onProgress(0.3);
  const preview = path.join(scratchDir, 'preview.mp4');
  await makeVideoPreview(media, { kind: found.kind, input, output: preview, signal });
  yield* played({ ...request, preview, mediaType: 'video/mp4' });
}

async function* soundForms(request: FormsRequest): AsyncGenerator<MadeForm> {
  const { media, input, found, scratchDir, signal } = request;
  const preview = path.join(scratchDir, 'preview.m4a');
  await makeAudioPreview(media, { kind: found.kind, input, output: preview, signal });
  yield* played({ ...request, preview, mediaType: 'audio/mp4' });
}

/** The preview, and the same packed as a stream. */
async function* played(request: FormsRequest & { preview: string; mediaType: string }): AsyncGenerator<MadeForm> {
  const { media, preview, mediaType, signal } = request;
  request.onProgress(0.8);
  const { video, durationSeconds } = await probe(media, preview, { signal });
  const size = video ? { width: video.width, height: video.height } : {};
  yield { name: 'preview', path: preview, mediaType, facts: { ...size, ...(durationSeconds !== null && { durationSeconds }) } };
  const folder = path.join(request.scratchDir, 'stream');
  await mkdir(folder);
  const stream = await packStream(media, { preview, scratchDir: folder, signal });
  yield { name: 'playlist', path: stream.path, mediaType, facts: { ...size, stream: stream.facts } };
}

async function pictureSize(file: string): Promise<{ width?: number; height?: number }> {
  const header = await readImageHeader(file);
  return header ? { width: header.width, height: header.height } : {};
}
