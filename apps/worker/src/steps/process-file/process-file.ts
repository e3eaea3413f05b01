import { randomUUID } from 'node:crypto';
import {
  type Embedder,
  type FileEventType,
  type LibraryFile,
  type LibraryStore,
  type ObjectStore,
  StepError,
} from '@polyreel/core';
import type { MediaTools } from '@polyreel/media';
import type { StepContext, StepExecutor } from '../step-executor.ts';
import { describe, identify, Unusable } from './identify.ts';
import { type MadeForm, makeForms } from './renditions.ts';

export interface ProcessFileDeps {
  readonly media: MediaTools;
  readonly library: LibraryStore;
  readonly objects: Pick<ObjectStore, 'put' | 'delete'>;
  readonly embedder: Embedder | null;
}

const nothing = { artifacts: [], warnings: [], jobArtifacts: [] } as const;

/**
 * Looks into a file, makes its renditions and shows it to its account. Repeatable: renditions that are ready stay, others are made anew
 * under keys of this attempt. A file that cannot be used is a finding, not a failure of the step.
 */
export function createProcessFile(deps: ProcessFileDeps): StepExecutor<'process-file'> {
  return async (params, context) => {
    const file = await findFile(deps.library, params.file, context);
    if (file.processing === 'done' || file.processing === 'failed') return nothing;
    const input = await context.fetchFile(file.id);
    context.onProgress(0.1);
    try {
      const found = await identify(deps.media, input, { declaredFamily: file.declaredFamily, signal: context.signal });
      await deps.library.noteIdentified({ id: file.id, ...found }, ['file.downloadable']);
      const { scratchDir, signal } = context;
      const forms = makeForms({ media: deps.media, input, found, scratchDir, signal, onProgress: context.onProgress });
      for await (const form of forms) await store(deps, file, form, context);
      context.onProgress(0.95);
      const description = params.description || describe(file.displayName, found);
      const meaning = await embed(deps.embedder, description, context);
      const isKept = await deps.library.noteProcessed(
        {
          id: file.id,
          ...found,
          description,
          embedding: meaning.embedding,
          ...(params.shown && { shown: params.shown }),
        },
        [meaning.event],
      );
      if (!isKept) throw gone();
    } catch (error) {
      if (!(error instanceof Unusable)) throw error;
      // A result of our own that cannot be read is our fault, not its owner's.
      if (file.origin !== 'upload')
        throw new StepError({
          code: 'result_unreadable',
          publicMessage: 'The result could not be read',
          permanent: false,
          cause: error,
        });
      await deps.library.noteFailed({ id: file.id, code: error.code, message: error.message }, ['file.upload_failed']);
      context.log({ fileId: file.id, code: error.code, err: error.cause }, 'file cannot be used');
    }
    return nothing;
  };
}

const gone = (): StepError =>
  new StepError({ code: 'input_missing', publicMessage: 'The file is no longer there', permanent: true });

async function findFile(
  library: LibraryStore,
  ref: { fileId: string } | { fromStep: string },
  context: StepContext,
): Promise<LibraryFile> {
  const id = 'fileId' in ref ? ref.fileId : context.resultOf(ref.fromStep).artifacts[0]?.fileId;
  const file = id === undefined ? null : await library.findById(id);
  if (file?.accountId !== context.step.accountId) throw gone();
  return file;
}

async function store(deps: ProcessFileDeps, file: LibraryFile, form: MadeForm, context: StepContext): Promise<void> {
  const { name, mediaType } = form;
  const objectKey = `renditions/${file.id}/${name}-${randomUUID()}`;
  if (!(await deps.library.beginRendition({ fileId: file.id, name, objectKey, mediaType }))) return;
  const stored = await deps.objects.put(objectKey, { path: form.path }, { contentType: mediaType, signal: context.signal });
  const isOurs = await deps.library.endRendition({
    fileId: file.id,
    name,
    objectKey,
    ...stored,
    facts: form.facts,
    ...(name === 'playlist' && { event: 'file.playable' }),
  });
  if (!isOurs) await deps.objects.delete(objectKey);
}

/** A model that does not answer costs the meaning, not the file: search falls back to words. */
async function embed(
  embedder: Embedder | null,
  description: string,
  context: StepContext,
): Promise<{ embedding: readonly number[] | null; event: FileEventType }> {
  if (embedder === null) return { embedding: null, event: 'file.analysed' };
  try {
    const [embedding] = await embedder.embed([description], context.signal);
    return { embedding: embedding ?? null, event: 'file.analysed' };
  } catch (error) {
    if (context.signal.aborted) throw error;
    context.log({ err: error }, 'the description could not be embedded');
    return { embedding: null, event: 'file.analysis_failed' };
  }
}
