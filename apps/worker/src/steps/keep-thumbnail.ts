import path from 'node:path';
import type { Artifact } from '@polyreel/core';
import { extractThumbnail, type MediaTools } from '@polyreel/media';
import type { OutputFile, StepContext } from './step-executor.ts';

/** Makes the thumbnail of a result that can be seen, of its size, and keeps it as a result too. */
export async function keepThumbnail(
  media: MediaTools,
  { file, outputName, context }: { file: Pick<OutputFile, 'path' | 'facts'>; outputName: string; context: StepContext },
): Promise<Artifact> {
  const output = path.join(context.scratchDir, 'thumbnail.jpg');
  await extractThumbnail(media, { input: file.path, output, signal: context.signal });
  const { width, height } = file.facts;
  const facts = { ...(width !== undefined && { width }), ...(height !== undefined && { height }) };
  return context.keep(
    { role: 'thumbnail', path: output, mediaType: 'image/jpeg', name: `${outputName}_thumb.jpg`, facts },
    'output',
  );
}
