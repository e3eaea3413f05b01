/** Credits taken (positive) and given back or granted (negative). Entries are added, never changed. */
export interface LedgerEntry {
  readonly id: string;
  readonly accountId: string;
  readonly jobId: string | null;
  readonly surface: string;
  readonly kind: 'charge' | 'refund' | 'grant';
  readonly credits: number;
  readonly createdAt: Date;
}

/** Not here: charges and refunds of jobs, which are written in the transactions of submit and end. */
export interface LedgerStore {
  grant(entry: { accountId: string; surface: string; credits: number }): Promise<LedgerEntry>;
  /** Credits taken since then, less what was given back or granted. */
  taken(query: { accountId: string; surface: string; since: Date }): Promise<number>;
  /** Newest first. */
  list(query: { accountId: string; limit: number }): Promise<readonly LedgerEntry[]>;
}
