import { type FileFamily, type Files, type FileSource, type LibraryFile, secondsOf } from '@polyreel/core';
import { z } from 'zod';
import { toSeconds } from './call.ts';
import { toOuterId } from './ids.ts';
import type { Settings } from './settings.ts';

export interface FileInfoDeps {
  readonly files: Pick<Files, 'sources' | 'publicLinks'>;
  readonly settings: Pick<Settings, 'VIDEOGEN_TRANSCRIPT_FORM'>;
}

/** What this surface keeps beside a file that a tool made. */
export const fileRefSchema = z.object({ toolType: z.string(), executionId: z.string() });
export const transcriptSchema = z.object({
  languageCode: z.string().nullish(),
  words: z.array(z.object({ startSeconds: z.number(), endSeconds: z.number(), word: z.string() })),
});

const playbackPrefix = 'vg_play_';

/** `type` of the document; null: not known yet, or none of its types. */
export function typeOf(file: LibraryFile): string | null {
  const family: FileFamily | null = file.family ?? file.declaredFamily;
  if (family === null) return null;
  if (family !== 'document') return family.toUpperCase();
  if (file.mediaType === 'application/pdf') return 'PDF';
  return file.mediaType.startsWith('text/') ? 'TEXT' : null;
}

const scopes = { library: 'GLOBAL', project: 'PROJECT', export: 'EXPORT' } as const;

/** A file as the newer generation shows it, with what the older one reads. */
export async function toFileInfo(
  file: LibraryFile,
  { files, settings }: FileInfoDeps,
  options: { hasAnalysis?: boolean } = {},
): Promise<Record<string, unknown>> {
  const sources = await files.sources(file);
  const links = files.publicLinks(file);
  const canPlay = file.family === 'video' || file.family === 'audio';
  const source = fileRefSchema.safeParse(file.clientRef).data;
  return {
    fileId: toOuterId('file', file.id),
    type: typeOf(file),
    scope: file.isTemporary ? 'TEMPORARY' : scopes[file.collection ?? 'library'],
    displayName: file.displayName,
    description: file.description,
    durationSeconds: secondsOf(file.facts),
    ...transcriptOf(file.transcript, settings.VIDEOGEN_TRANSCRIPT_FORM),
    ...urlsOf('download', sources.original),
    ...urlsOf('thumbnail', sources.thumbnail),
    thumbnailSource: toSource(sources.thumbnail),
    previewSource: toSource(sources.preview),
    downloadSource: toSource(sources.original),
    hlsSource: toSource(sources.stream),
    isPublicPreviewEnabled: links !== null,
    staticPublicPreviewSource:
      links && (file.state === 'ready' ? publicSource(sources.original, links.original) : { status: 'pending' }),
    publicHlsUrl: links?.stream ?? null,
    publicPlaybackId: links && canPlay ? `${playbackPrefix}${file.playbackId}` : null,
    ...(source && { sourceToolType: source.toolType, sourceToolExecutionId: source.executionId }),
    ...(options.hasAnalysis !== false && { fileAnalysisMetadata: analysisOf(file) }),
  };
}

/** `<name>Url` and `<name>UrlExpiresAt`, null until there is one. */
export const urlsOf = (name: 'download' | 'thumbnail', source: FileSource): Record<string, string | number | null> => ({
  [`${name}Url`]: source.state === 'ready' ? source.url : null,
  [`${name}UrlExpiresAt`]: source.state === 'ready' && source.expiresAt ? toSeconds(source.expiresAt) : null,
});

function toSource(source: FileSource): Record<string, unknown> {
  if (source.state !== 'ready') return { status: source.state, url: null, expiresAt: null };
  return {
    status: 'ready',
    url: source.url,
    expiresAt: source.expiresAt && toSeconds(source.expiresAt),
    width: source.width ?? null,
    height: source.height ?? null,
    fileBytes: source.sizeBytes,
  };
}

const publicSource = (original: FileSource, url: string): Record<string, unknown> => ({
  ...toSource(original),
  ...(original.state === 'ready' && { url, expiresAt: null }),
});

function transcriptOf(stored: unknown, form: Settings['VIDEOGEN_TRANSCRIPT_FORM']): Record<string, unknown> {
  const transcript = transcriptSchema.safeParse(stored);
  if (!transcript.success) return { transcript: null, transcriptText: null };
  const text = transcript.data.words.map(({ word }) => word).join(' ');
  return { transcript: form === 'text' ? text : transcript.data, transcriptText: text };
}

function analysisOf(file: LibraryFile): Record<string, unknown> {
  if (file.isTemporary) return { analysisLoadingState: 'UNATTEMPTED', analysisProgressPercentage: 0 };
  if (file.processing === 'done')
    return { analysisLoadingState: 'FULFILLED', analysisProgressPercentage: 100, analysisAttemptIndex: 0 };
  if (file.processing === 'failed')
    return { analysisLoadingState: 'REJECTED', analysisProgressPercentage: 0, analysisAttemptIndex: 0 };
  return { analysisLoadingState: file.processing === 'waiting' ? 'LOADING' : 'UNATTEMPTED', analysisProgressPercentage: 0 };
}
