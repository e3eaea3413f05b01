import type { AuditStore, NewAuditEntry } from '../ports/audit.ts';

/** Reads and refusals: many calls, one insert. */
export interface AuditBatch {
  /** Resolves once the row is there. */
  note(entry: NewAuditEntry): Promise<void>;
}

const gatherMs = 10;

/** Gathers what comes within ten milliseconds. Each call waits for its batch, and fails with it. */
export function createAuditBatch(store: Pick<AuditStore, 'append'>): AuditBatch {
  let gathering: { entries: NewAuditEntry[]; written: Promise<void> } | null = null;
  return {
    note(entry) {
      if (gathering === null) {
        const entries: NewAuditEntry[] = [];
        const written = new Promise<void>((resolve) => setTimeout(resolve, gatherMs)).then(() => {
          gathering = null;
          return store.append(entries);
        });
        gathering = { entries, written };
      }
      gathering.entries.push(entry);
      return gathering.written;
    },
  };
}
