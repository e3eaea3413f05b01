import type { Catalog, TimelineGeneration } from '@polyreel/core';

/** One fault or one remark, in the caller's words: `timeline.tracks[0].clips[2].asset.src`. */
export interface TimelineIssue {
  readonly path: string;
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

export interface TimelineCheck {
  readonly errors: readonly TimelineIssue[];
  readonly warnings: readonly TimelineIssue[];
  /** Merged and checked, as the renderer takes it; null when there are errors, and for a template. */
  readonly document: unknown;
  /** With errors: what is sound of the document, to look for further faults. Null: nothing is. */
  readonly readable: unknown;
  readonly canvas: { readonly width: number; readonly height: number } | null;
  /** Null while it hangs on the length of a source. */
  readonly durationSeconds: number | null;
  readonly frameCount: number | null;
}

export interface TimelineCheckOptions {
  /** `native`: the form of the open-source engine behind the documented product. Absent: told apart by the document. */
  readonly dialect?: 'shotstack' | 'native';
  /** False: unknown keys become warnings. */
  readonly isStrict?: boolean;
  readonly onMissingMergeField?: 'error' | 'keep' | 'empty';
  /** Placeholders stand for any value. */
  readonly isTemplate?: boolean;
  /** What can be generated now; absent: whatever the language knows is taken. */
  readonly catalog?: Catalog;
}

/** Something that a document wants generated. */
export interface WantedGeneration {
  /** The name under which the renderer asks for it. */
  readonly source: string;
  readonly generation: Omit<TimelineGeneration, 'image'>;
  /** Address of the picture that it starts from. */
  readonly inputSrc: string | null;
  /** As the document holds them: sealed. */
  readonly inputHeaders: Readonly<Record<string, string>>;
}

export interface WantedGenerations {
  readonly errors: readonly TimelineIssue[];
  readonly warnings: readonly TimelineIssue[];
  readonly wanted: readonly WantedGeneration[];
}

/** The language of edits, as the renderer speaks it: `{ timeline, output, merge, callback }`. Pure; never throws for bad input. */
export interface TimelineLanguage {
  check(document: unknown, options: TimelineCheckOptions): TimelineCheck;
  /** Names of placeholders in the order in which they stand, with the paths where. */
  fields(document: unknown): ReadonlyMap<string, readonly string[]>;
  /** Addresses that a checked document names, and where first. */
  addresses(checked: unknown): readonly { readonly src: string; readonly path: string }[];
  /** What a checked document wants generated, of what is in the catalog. */
  generations(checked: unknown, options: { canvas: TimelineCheck['canvas']; catalog: Catalog }): WantedGenerations;
  /** The edit inside a checked document, for people: without what its headers hold. */
  edit(checked: unknown): Readonly<Record<string, unknown>>;
}
