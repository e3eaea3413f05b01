import type { FileCollection, FileFamily, FileOrigin, FileState, LibraryFile, Rendition, RenditionName } from '@polyreel/core';
import { renditionNames } from '@polyreel/core';
import { z } from 'zod';

export interface LibraryRecord {
  id: string;
  account_id: string;
  job_id: string | null;
  origin: FileOrigin;
  state: FileState;
  object_key: string;
  media_type: string;
  size_bytes: string;
  sha256: string | null;
  display_name: string;
  family: FileFamily | null;
  declared_family: FileFamily | null;
  collection: FileCollection | null;
  is_temporary: boolean;
  description: string | null;
  transcript: unknown;
  processing: LibraryFile['processing'];
  failure_code: string | null;
  failure_message: string | null;
  facts: unknown;
  playback_id: string | null;
  client_ref: unknown;
  upload_deadline: Date | null;
  archived_at: Date | null;
  created_at: Date;
  updated_at: Date;
  renditions: unknown;
}

const names = [
  ...[
    'id',
    'account_id',
    'job_id',
    'origin',
    'state',
    'object_key',
    'media_type',
    'size_bytes',
    'sha256',
    'display_name',
    'family',
  ],
  ...[
    'declared_family',
    'collection',
    'is_temporary',
    'description',
    'transcript',
    'processing',
    'failure_code',
    'failure_message',
  ],
  ...['facts', 'playback_id', 'client_ref', 'upload_deadline', 'archived_at', 'created_at', 'updated_at'],
];

/** A file with its renditions, in one row. */
export const libraryColumns = `${names.map((name) => `files.${name}`).join(', ')},
  (SELECT coalesce(jsonb_agg(jsonb_build_object('name', name, 'objectKey', object_key, 'state', state, 'mediaType', media_type,
    'sizeBytes', size_bytes, 'facts', facts)), '[]') FROM file_renditions WHERE file_renditions.file_id = files.id) AS renditions`;

const renditionsSchema = z.array(
  z.object({
    name: z.enum(renditionNames),
    objectKey: z.string(),
    state: z.enum(['pending', 'ready', 'failed']),
    mediaType: z.string(),
    sizeBytes: z.number(),
    facts: z.unknown(),
  }),
);
const order = (name: RenditionName): number => renditionNames.indexOf(name);

const readRenditions = (value: unknown): Rendition[] =>
  renditionsSchema.parse(value).toSorted((a, b) => order(a.name) - order(b.name));

export const toLibraryFile = (row: LibraryRecord): LibraryFile => ({
  id: row.id,
  accountId: row.account_id,
  jobId: row.job_id,
  origin: row.origin,
  state: row.state,
  objectKey: row.object_key,
  mediaType: row.media_type,
  sizeBytes: Number(row.size_bytes),
  sha256: row.sha256,
  displayName: row.display_name,
  family: row.family,
  declaredFamily: row.declared_family,
  collection: row.collection,
  isTemporary: row.is_temporary,
  description: row.description,
  transcript: row.transcript,
  processing: row.processing,
  failure: row.failure_code === null ? null : { code: row.failure_code, message: row.failure_message ?? '' },
  facts: row.facts,
  playbackId: row.playback_id,
  clientRef: row.client_ref,
  uploadDeadline: row.upload_deadline,
  archivedAt: row.archived_at,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  renditions: readRenditions(row.renditions),
});
