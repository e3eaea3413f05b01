import { DomainError, fileFamilies, type LibraryFile } from '@polyreel/core';
import { z } from 'zod';
import { type Call, surfaceName as surface } from '../call.ts';
import { toAssetId, toFileId } from '../check-render.ts';
import { fault, notFound } from '../errors.ts';
import { method } from '../method.ts';
import { nameLengthMax, receiveAsset } from '../receive-asset.ts';
import { cursor, id, limit, metadataObject } from '../schemas.ts';

const clientRefSchema = z.looseObject({ metadata: z.record(z.string(), z.unknown()).default({}) }).catch({ metadata: {} });
const factsSchema = z
  .looseObject({
    width: z.number().nullable().default(null),
    height: z.number().nullable().default(null),
    durationSeconds: z.number().nullable().default(null),
  })
  .catch({ width: null, height: null, durationSeconds: null });

function statusOf(file: LibraryFile): 'pending' | 'ready' | 'failed' {
  if (file.state === 'pending') return 'pending';
  return file.state === 'failed' || file.processing === 'failed' ? 'failed' : 'ready';
}

async function toAsset({ deps }: Call, file: LibraryFile) {
  const facts = factsSchema.parse(file.facts);
  const status = statusOf(file);
  const original = status === 'ready' ? (await deps.files.sources(file)).original : null;
  return {
    id: toAssetId(file.id),
    name: file.displayName,
    type: file.family,
    content_type: file.state === 'ready' ? file.mediaType : null,
    size_bytes: file.sizeBytes,
    status,
    error: file.failure,
    ...{ width: facts.width, height: facts.height, duration: facts.durationSeconds },
    url: original?.state === 'ready' ? original.url : null,
    metadata: clientRefSchema.parse(file.clientRef).metadata,
    created_at: file.createdAt.toISOString(),
  };
}

async function answerWith(call: Call, file: LibraryFile) {
  const asset = await toAsset(call, file);
  return { id: asset.id, asset };
}

async function findAsset(call: Call, assetId: string): Promise<LibraryFile> {
  call.about(assetId);
  if (!/^ast_[0-9a-z]{26}$/.test(assetId)) throw notFound('asset');
  try {
    const file = await call.deps.files.get(call.caller, toFileId(assetId));
    if (file.archivedAt === null) return file;
  } catch (error) {
    if (!(error instanceof DomainError) || error.kind !== 'not_found') throw error;
  }
  throw notFound('asset');
}

const uploadInput = z.strictObject({
  name: z.string().trim().min(1).max(nameLengthMax),
  content_type: z.string().max(255).optional(),
  size_bytes: z.int().min(0).optional(),
  metadata: metadataObject.optional(),
});

export const assetMethods = [
  method(
    'asset.upload',
    'any',
    uploadInput,
    async (call, input) => {
      const maxBytes = call.settings.VIDGENIE_MAX_ASSET_BYTES;
      if (input.size_bytes !== undefined && input.size_bytes > maxBytes)
        throw fault(413, 'payload_too_large', `The file has more than ${maxBytes} bytes`);
      const id = call.deps.ids.next('file');
      const { file, uploadUrl } = await call.effect(toAssetId(id), (audit) =>
        call.deps.files.createUpload(call.caller, {
          ...{ id, displayName: input.name, family: null, isTemporary: false, maxBytes, audit },
          clientRef: { metadata: input.metadata ?? {} },
        }),
      );
      const upload = { method: 'PUT', url: uploadUrl, expires_at: file.uploadDeadline?.toISOString() ?? null };
      return { ...(await answerWith(call, file)), upload };
    },
    { runForm: async (call) => answerWith(call, await receiveAsset(call)) },
  ),
  method('asset.get', 'any', z.strictObject({ id }), async (call, input) => answerWith(call, await findAsset(call, input.id)), {
    isRead: true,
  }),
  method(
    'asset.list',
    'any',
    z.strictObject({ limit, cursor: cursor.optional(), type: z.enum(fileFamilies).optional() }),
    async (call, input) => {
      const { files, nextCursor } = await call.deps.files.list({
        ...{ accountId: call.caller.accountId, collections: ['library'], limit: input.limit },
        ...(input.type !== undefined && { family: input.type }),
        ...(input.cursor !== undefined && { cursor: input.cursor }),
      });
      const assets = await Promise.all(files.map((file) => toAsset(call, file)));
      return { assets, next_cursor: nextCursor, has_more: nextCursor !== null };
    },
    { isRead: true },
  ),
  method('asset.delete', 'any', z.strictObject({ id }), async (call, input) => {
    const file = await findAsset(call, input.id);
    const unlessNamedBy = { surface, clientRef: { assets: [file.id] } };
    try {
      await call.effect(input.id, (audit) => call.deps.files.remove(call.caller, file.id, { unlessNamedBy, audit }));
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== 'file_in_use') throw error;
      const message = `The render ${String(error.details.externalId)} names the asset and is not over yet`;
      throw fault(409, 'asset_in_use', message, { cause: error });
    }
    return { id: input.id, deleted: true };
  }),
];
