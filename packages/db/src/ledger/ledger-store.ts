import type { IdSource, LedgerEntry, LedgerStore } from '@polyreel/core';
import { z } from 'zod';
import type { PrismaClient } from '../generated/client.ts';
import { creditsTaken } from '../jobs/job-charge.ts';
import { viaPrisma } from '../sql/errors.ts';
import type { SqlPool } from '../sql/sql.ts';

const kindSchema = z.enum(['charge', 'refund', 'grant']);

export function createLedgerStore(sql: SqlPool, prisma: PrismaClient, ids: IdSource): LedgerStore {
  return {
    taken: (query) => creditsTaken(sql, query),
    async grant(entry) {
      const row = await prisma.ledgerEntry.create({
        data: {
          id: ids.next('ledger'),
          accountId: entry.accountId,
          surface: entry.surface,
          kind: 'grant',
          credits: -entry.credits,
        },
      });
      return toEntry(row);
    },
    async list(query) {
      const rows = await viaPrisma(
        prisma.ledgerEntry.findMany({
          where: { accountId: query.accountId },
          orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
          take: query.limit,
        }),
      );
      return rows.map(toEntry);
    },
  };
}

const toEntry = (row: Omit<LedgerEntry, 'kind'> & { kind: string }): LedgerEntry => ({
  ...row,
  kind: kindSchema.parse(row.kind),
});
