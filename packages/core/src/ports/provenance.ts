/** Hashes of one moment of a film: 32 bytes each. `position` counts half seconds from its start. */
export interface FingerprintFrame {
  readonly position: number;
  readonly whole: Uint8Array;
  /** As seen in a mirror. */
  readonly mirrored: Uint8Array;
  /** Of the middle nine tenths of both sides. */
  readonly centre: Uint8Array;
}

/** A moment of a film that is looked for. `position` in half seconds, quarters between them allowed. */
export interface FingerprintLook {
  readonly position: number;
  readonly hash: Uint8Array;
}

/** How a film was published: what leads from a copy without its manifest back to the job. */
export interface ProvenanceRecord {
  readonly accountId: string;
  readonly jobId: string;
  /** 16 hex digits; null: no invisible mark. */
  readonly watermarkId: string | null;
  /** 64 hex digits of the middle frame; null: none was taken. */
  readonly fingerprint: string | null;
  readonly manifest: 'embedded' | 'sidecar' | 'none';
  readonly createdAt: Date;
}

export interface FingerprintMatch {
  readonly record: ProvenanceRecord;
  /** Mean share of bits that agree over the matching moments, 0.5 (chance) to 1. */
  readonly similarityRatio: number;
  /** Length of the longest run of agreeing moments. */
  readonly agreedSeconds: number;
}

export interface ProvenanceStore {
  /** The id that a job's films are marked with: the given one at the first call, the same one at every further call. */
  reserveWatermarkId(query: { jobId: string; accountId: string; watermarkId: string }): Promise<string>;
  /** Writes the record of a job, or replaces it with all its frames: a step that runs again leaves one. */
  record(entry: Omit<ProvenanceRecord, 'createdAt'> & { readonly frames: readonly FingerprintFrame[] }): Promise<void>;
  findByWatermark(watermarkId: string): Promise<ProvenanceRecord | null>;
  /** Films of which a stretch agrees with the moments given, the best first, at most five. */
  findByFingerprint(looks: readonly FingerprintLook[]): Promise<readonly FingerprintMatch[]>;
}

/** Secrets of the server itself that every process shares; sealed by whoever writes them. */
export interface ServerSecretStore {
  /** The stored text; `fresh` is stored and answered where there is none yet, also when two ask at once. */
  ensure(name: string, fresh: () => Promise<string>): Promise<string>;
}
