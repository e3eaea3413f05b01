import { existsSync } from 'node:fs';
import { stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { addressOf, type ModelFile } from '@polyreel/gpu-runner/models';
import { downloadFile } from './download-file.ts';
import type { ModelHost } from './open-range.ts';

export interface PullOptions {
  readonly files: readonly ModelFile[];
  readonly modelsDir: string;
  readonly host: ModelHost;
  readonly connections: number;
  readonly signal: AbortSignal;
  /** Left on the disk afterwards, at least. */
  readonly freeBytesMin: number;
  /** Kept short by tests. */
  readonly times?: { readonly silenceMs: number; readonly retryMs: number; readonly segmentBytes: number };
  onProgress(progress: PullProgress): void;
}

export interface PullProgress {
  readonly file: string;
  readonly index: number;
  readonly count: number;
  readonly bytes: number;
  readonly bytesAll: number;
}

/** What the operator can mend; its message says how. */
export class ModelsError extends Error {
  override readonly name = 'ModelsError';
}

const production = { silenceMs: 60_000, retryMs: 1000, segmentBytes: 64 * 2 ** 20 } as const;

export const pathOf = (modelsDir: string, { folder, file }: ModelFile): string => path.join(modelsDir, folder, file);

/** Files that are not there; what lies half is one of them. */
export const missingOf = (files: readonly ModelFile[], modelsDir: string): readonly ModelFile[] =>
  files.filter((model) => !existsSync(pathOf(modelsDir, model)));

/** Fetches what is missing, one file after the other over several connections. Throws ModelsError before the first byte when the disk has no room. */
export async function pullModels(options: PullOptions): Promise<readonly ModelFile[]> {
  const files = missingOf(options.files, options.modelsDir);
  await requireRoom(options, files);
  const bytesAll = files.reduce((sum, { bytes }) => sum + bytes, 0);
  let bytes = 0;
  for (const [index, model] of files.entries()) {
    const before = bytes;
    await downloadFile({
      ...{ url: addressOf(model, options.host.baseUrl), host: options.host, sha256: model.sha256, signal: options.signal },
      ...{ target: pathOf(options.modelsDir, model), connections: options.connections, ...(options.times ?? production) },
      onBytes(count) {
        bytes += count;
        options.onProgress({ file: model.file, index: index + 1, count: files.length, bytes, bytesAll });
      },
    });
    // Sizes of the manifest are rounded: each file counts as that much when it is there.
    bytes = before + model.bytes;
  }
  return files;
}

async function requireRoom({ modelsDir, freeBytesMin }: PullOptions, files: readonly ModelFile[]): Promise<void> {
  let folder = path.resolve(modelsDir);
  while (!existsSync(folder)) folder = path.dirname(folder);
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  let needed = 0;
  for (const model of files) {
    const partial = await stat(`${pathOf(modelsDir, model)}.partial`).catch(() => null);
    needed += Math.max(0, model.bytes - (partial === null ? 0 : partial.blocks * 512));
  }
  if (needed + freeBytesMin > free)
    throw new ModelsError(
      `${gigabytes(needed)} are to come, and ${gigabytes(freeBytesMin)} must stay free (MIN_FREE_BYTES); ${folder} has ${gigabytes(free)}: make room, or name another place with MODELS_DIR`,
    );
}

export const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(bytes < 1e8 ? 2 : 1)} GB`;
