import { readFile, stat } from 'node:fs/promises';
import type { ModelFile } from '@polyreel/gpu-runner/models';
import { hashFile, receiptOf } from './download-file.ts';
import { pathOf } from './pull-models.ts';

export type ModelState = 'good' | 'missing' | 'partial' | 'wrong' | 'unknown';

export interface VerifiedModel {
  readonly model: ModelFile;
  readonly state: ModelState;
  readonly words: string;
}

/** Whether a file is there; its content is not read. */
export async function findState(modelsDir: string, model: ModelFile): Promise<ModelState> {
  const target = pathOf(modelsDir, model);
  if ((await stat(target).catch(() => null)) !== null) return 'good';
  return (await stat(`${target}.partial`).catch(() => null)) === null ? 'missing' : 'partial';
}

/**
 * Reads a file whole and compares its hash with the manifest's, or else with the one that was computed when it was fetched. A file that was
 * brought by hand and whose hash nobody knows is `unknown`.
 */
export async function verifyModel(modelsDir: string, model: ModelFile): Promise<VerifiedModel> {
  const state = await findState(modelsDir, model);
  if (state !== 'good') return { model, state, words: state === 'partial' ? 'the download was not finished' : 'not there' };
  const target = pathOf(modelsDir, model);
  const wanted = model.sha256 ?? (await readReceipt(target));
  const hash = await hashFile(target);
  if (wanted === null) return { model, state: 'unknown', words: `sha256 ${hash}; nothing to compare it with` };
  if (wanted !== hash) return { model, state: 'wrong', words: `sha256 ${hash}, not ${wanted}: remove it and pull again` };
  return { model, state: 'good', words: `sha256 ${hash}` };
}

async function readReceipt(target: string): Promise<string | null> {
  const text = await readFile(receiptOf(target), 'utf8').catch(() => '');
  return /^([0-9a-f]{64}) /.exec(text)?.[1] ?? null;
}
