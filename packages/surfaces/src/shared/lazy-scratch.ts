import type { ScratchFolder } from '../surface.ts';

/** A scratch folder that is made when it is first asked for, and gone after `remove`. */
export interface LazyScratch {
  folder(): Promise<ScratchFolder>;
  remove(): Promise<void>;
}

export function createLazyScratch(makeScratch: () => Promise<ScratchFolder>): LazyScratch {
  let made: Promise<ScratchFolder> | null = null;
  return {
    folder() {
      made ??= makeScratch();
      return made;
    },
    async remove() {
      await (await made)?.remove();
    },
  };
}
