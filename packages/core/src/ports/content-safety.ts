import type { SafetyCategory, SafetyFinding } from '../safety/categories.ts';
import type { SafetyPolicy } from '../safety/policy.ts';

/** Text to be judged, and where it stands in the request: `scenes[0].prompt`. */
export interface SafetyText {
  readonly place: string;
  readonly text: string;
}
/** A picture on local disk that was inspected before, and where it stands. */
export interface SafetyPicture {
  readonly place: string;
  readonly path: string;
}

/**
 * One judge of content. Throws when it cannot judge, and when what it was told makes no sense; what happens then is the chain's rule, not
 * its own. Not here: policies, time limits, what a finding leads to.
 */
export interface TextStage {
  readonly name: string;
  judgeText(text: string, options: { policy: SafetyPolicy; signal: AbortSignal }): Promise<readonly SafetyFinding[]>;
}
export interface PictureStage {
  readonly name: string;
  judgePicture(path: string, options: { policy: SafetyPolicy; signal: AbortSignal }): Promise<readonly SafetyFinding[]>;
}

/** A decision on content, for the log. Holds no content but where the operator asked for it. */
export interface SafetyDecisionRow {
  readonly accountId: string;
  readonly keyId: string | null;
  readonly surface: string | null;
  readonly jobId: string | null;
  readonly phase: 'before' | 'after';
  readonly outcome: 'allowed' | 'blocked' | 'unavailable';
  /** False: some stage failed and its rule let the content pass. */
  readonly isChecked: boolean;
  readonly categories: readonly SafetyCategory[];
  /** Where in the request. */
  readonly place: string | null;
  /** Keyed hash of what was judged, lower-case hex: equal content, equal hash. */
  readonly contentHash: string;
  /** The text itself, only where the operator asked for it. */
  readonly content: string | null;
  readonly stages: readonly { readonly name: string; readonly end: 'judged' | 'failed' | 'timeout' }[];
}

export interface SafetyLog {
  append(rows: readonly SafetyDecisionRow[]): Promise<void>;
  /** Newest first. */
  list(query: {
    accountId: string | null;
    limit: number;
    outcome?: SafetyDecisionRow['outcome'];
  }): Promise<readonly (SafetyDecisionRow & { readonly id: string; readonly at: Date })[]>;
}
