import { type FileFamily, type LibraryFile, type Principal, secondsOf, sizeOf } from '@polyreel/core';
import { z } from 'zod';
import type { SurfaceDeps } from '../surface.ts';
import { badParameter, notFound } from './errors.ts';
import { toInnerId } from './ids.ts';

/** One of them. */
type Families = FileFamily | readonly FileFamily[];

/** Files that a request names, as tools may use them. */
export interface Inputs {
  /** Throws 400 `invalid_id`, 404, and 400 for a file of another kind, an archived one, and one that is not ready. */
  file(id: string, name: string, family: Families): Promise<LibraryFile>;
  files(ids: readonly string[], name: string, family: Families): Promise<LibraryFile[]>;
}

export function createInputs(deps: Pick<SurfaceDeps, 'files'>, principal: Principal): Inputs {
  const file: Inputs['file'] = async (id, name, family) => {
    const inner = toInnerId('file', id, name);
    const [found] = inner === null ? [] : await deps.files.getMany(principal.accountId, [inner]);
    if (!found || found.collection === null) throw notFound('File');
    if (found.archivedAt !== null) throw badParameter(`${name}: the file is archived`);
    if (found.state !== 'ready' || found.family === null || found.processing === 'failed')
      throw badParameter(`${name}: the file is not ready`);
    const families = [family].flat();
    if (!families.includes(found.family))
      throw badParameter(`${name} must be a file of type ${families.join(' or ').toUpperCase()}`);
    return found;
  };
  return { file, files: (ids, name, family) => Promise.all(ids.map((id) => file(id, name, family))) };
}

/** Exactly one of two spellings. */
export function eitherId(name: string, given: string | null | undefined, old: string | null | undefined): string {
  const id = given || old;
  if (!id) throw badParameter(`${name} is required`);
  if (given && old && given !== old) throw badParameter(`${name} was given twice, with two ids`);
  return id;
}

const canvasOf = z.object({ width: z.int().positive(), height: z.int().positive() });
const filmFacts = z.object({
  frameRate: z.object({ numerator: z.int().positive(), denominator: z.int().positive() }),
  frameCount: z.int().positive(),
});

/** Pixels of a picture or film. */
export function readSize(file: LibraryFile, name: string): { width: number; height: number } {
  const size = canvasOf.safeParse(sizeOf(file.facts));
  if (!size.success) throw badParameter(`${name}: this kind of ${file.family ?? 'file'} (${file.mediaType}) cannot be used`);
  return size.data;
}

export function readFrames(file: LibraryFile, name: string): z.infer<typeof filmFacts> {
  const facts = filmFacts.safeParse(file.facts);
  if (!facts.success) throw badParameter(`${name}: the length of the film is not known`);
  return facts.data;
}

export function readSeconds(file: LibraryFile, name: string): number {
  const seconds = secondsOf(file.facts);
  if (seconds === null || seconds <= 0) throw badParameter(`${name}: the length of the sound is not known`);
  return seconds;
}
