import type { IdSource } from '@polyreel/core';
import { safetyCategories, type SafetyDecisionRow, type SafetyLog } from '@polyreel/core/safety';
import { z } from 'zod';
import type { SqlPool } from '../sql/sql.ts';

interface DecisionRecord {
  id: string;
  at: Date;
  account_id: string;
  key_id: string | null;
  surface: string | null;
  job_id: string | null;
  phase: SafetyDecisionRow['phase'];
  outcome: SafetyDecisionRow['outcome'];
  is_checked: boolean;
  categories: string[];
  place: string | null;
  content_hash: string;
  content: string | null;
  stages: unknown;
}

const stagesSchema = z.array(z.object({ name: z.string(), end: z.enum(['judged', 'failed', 'timeout']) }));
const categoriesSchema = z.array(z.enum(safetyCategories));

/** Rows are written once. They name accounts, keys and jobs by id and outlive them. */
export function createSafetyLog(sql: SqlPool, ids: IdSource): SafetyLog & { removeOlderThan(days: number): Promise<number> } {
  return {
    async append(rows) {
      if (rows.length === 0) return;
      await sql.run({
        text: `INSERT INTO safety_decisions (id, account_id, key_id, surface, job_id, phase, outcome, is_checked, categories, place,
            content_hash, content, stages)
          SELECT d.id, d."accountId", d."keyId", d.surface, d."jobId", d.phase, d.outcome, d."isChecked",
            ARRAY(SELECT jsonb_array_elements_text(d.categories)), d.place, d."contentHash", d.content, d.stages
          FROM jsonb_to_recordset($1) AS d (id text, "accountId" text, "keyId" text, surface text, "jobId" text, phase text,
            outcome text, "isChecked" boolean, categories jsonb, place text, "contentHash" text, content text, stages jsonb)`,
        values: [JSON.stringify(rows.map((row) => ({ ...row, id: ids.next('audit') })))],
      });
    },
    removeOlderThan: (days) =>
      sql.run({ text: `DELETE FROM safety_decisions WHERE at < now() - $1 * interval '1 day'`, values: [days] }),
    async list({ accountId, limit, outcome }) {
      const rows = await sql.rows<DecisionRecord>({
        text: `SELECT * FROM safety_decisions WHERE ($1::text IS NULL OR account_id = $1) AND ($2::text IS NULL OR outcome = $2)
          ORDER BY at DESC, id DESC LIMIT $3`,
        values: [accountId, outcome ?? null, limit],
      });
      return rows.map((row) => ({
        id: row.id,
        at: row.at,
        accountId: row.account_id,
        keyId: row.key_id,
        surface: row.surface,
        jobId: row.job_id,
        phase: row.phase,
        outcome: row.outcome,
        isChecked: row.is_checked,
        categories: categoriesSchema.parse(row.categories),
        place: row.place,
        contentHash: row.content_hash,
        content: row.content,
        stages: stagesSchema.parse(row.stages),
      }));
    },
  };
}
