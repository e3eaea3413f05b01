/** One authenticated call, or one act of the operator. No secrets, no bodies. */
export interface NewAuditEntry {
  readonly accountId: string;
  readonly credential: 'api_key' | 'access_token' | 'operator';
  readonly keyId: string | null;
  readonly keyName: string | null;
  readonly surface: string | null;
  /** E.g. `render.create`. */
  readonly action: string;
  readonly target: string | null;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly status: number | null;
  readonly requestId: string | null;
}

export interface AuditEntry extends NewAuditEntry {
  readonly id: string;
  readonly at: Date;
}

export interface AuditQuery {
  readonly accountId: string;
  readonly limit: number;
  readonly action?: string;
  readonly keyId?: string;
  readonly credential?: NewAuditEntry['credential'];
  readonly since?: Date;
  readonly until?: Date;
  /** Exclusive: entries older than this one. Unknown or foreign: DomainError `invalid_request`, code `invalid_cursor`. */
  readonly afterId?: string;
  /** `next` of an earlier page, of the same query; costs the same however far back. Malformed: code `invalid_cursor`. */
  readonly cursor?: string;
}

/** Rows are written once; the database refuses to change or remove them. */
export interface AuditStore {
  /** All rows in one insert. */
  append(entries: readonly NewAuditEntry[]): Promise<void>;
  /** Newest first. */
  list(query: AuditQuery): Promise<{ entries: readonly AuditEntry[]; hasMore: boolean; next: string | null }>;
  /** Removes the whole months that lie before `before`; returns their names. */
  dropMonthsBefore(before: Date): Promise<readonly string[]>;
}
