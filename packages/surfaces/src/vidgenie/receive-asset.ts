import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { LibraryFile } from '@polyreel/core';
import type { Call } from './call.ts';
import { toAssetId } from './check-render.ts';
import { fault, invalidRequest } from './errors.ts';
import { metadataObject } from './schemas.ts';

interface Form {
  readonly filename: string;
  readonly name: string | null;
  readonly metadata: Record<string, unknown>;
}

export const nameLengthMax = 255;

/** The file of a form, by way of the disk, because its name may come after it; memory does not grow with it. */
export async function receiveAsset(call: Call): Promise<LibraryFile> {
  const { deps, caller, request } = call;
  const scratch = await deps.makeScratch();
  try {
    const local = path.join(scratch.path, 'file');
    const form = await readForm(call, local);
    const { file, uploadUrl } = await deps.files.createUpload(caller, {
      displayName: form.name ?? form.filename,
      family: null,
      isTemporary: false,
      clientRef: { metadata: form.metadata },
    });
    const gone = new AbortController();
    request.raw.once('close', () => {
      if (!request.raw.complete) gone.abort(new Error('the client is gone'));
    });
    const token = uploadUrl.slice(uploadUrl.lastIndexOf('/') + 1);
    const { size } = await stat(local);
    await call.effect(toAssetId(file.id), (audit) =>
      deps.files.receive(token, { stream: createReadStream(local), sizeBytes: size, signal: gone.signal, audit }),
    );
    return await deps.files.get(caller, file.id);
  } finally {
    await scratch.remove();
  }
}

async function readForm({ request, settings }: Call, target: string): Promise<Form> {
  const maxBytes = settings.VIDGENIE_MAX_ASSET_BYTES;
  let filename: string | null = null;
  const fields: { name?: string; metadata?: string } = {};
  const parts = request.parts({ limits: { fileSize: maxBytes, files: 1, fields: 10, fieldSize: 64 * 1024 } });
  for await (const part of parts) {
    if (part.type === 'file') {
      if (part.fieldname !== 'file') throw badField(part.fieldname, 'unknown_key', 'is not known here: the file is named file');
      await pipeline(part.file, createWriteStream(target, { flags: 'wx', mode: 0o600 }));
      if (part.file.truncated) throw fault(413, 'payload_too_large', `The file has more than ${maxBytes} bytes`);
      filename = part.filename === '' ? 'file' : part.filename.slice(-nameLengthMax);
      continue;
    }
    if ((part.fieldname !== 'name' && part.fieldname !== 'metadata') || typeof part.value !== 'string')
      throw badField(part.fieldname, 'unknown_key', 'is not known here');
    fields[part.fieldname] = part.value;
  }
  if (filename === null) throw badField('file', 'required', 'is required');
  const name = fields.name?.trim() ?? null;
  if (name !== null && (name === '' || name.length > nameLengthMax))
    throw badField('name', 'out_of_range', `must have 1 to ${nameLengthMax} characters`);
  return { filename, name, metadata: readMetadata(fields.metadata) };
}

const badField = (field: string, code: string, message: string) => invalidRequest([{ path: field, code, message }]);

function readMetadata(text: string | undefined): Record<string, unknown> {
  if (text === undefined) return {};
  try {
    return metadataObject.parse(JSON.parse(text));
  } catch (cause) {
    throw fault(400, 'invalid_request', 'metadata must be a JSON object of at most 16 KB', {
      details: [{ path: 'metadata', code: 'invalid_type', message: 'must be a JSON object of at most 16 KB' }],
      cause,
    });
  }
}
