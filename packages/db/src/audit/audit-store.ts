import { type AuditEntry, type AuditStore, DomainError, type IdSource, type NewAuditEntry } from '@polyreel/core';
import { z } from 'zod';
import { lock } from '../sql/job-lock.ts';
import type { Sql, SqlPool } from '../sql/sql.ts';

interface AuditRecord {
  id: string;
  at: Date;
  account_id: string;
  credential: AuditEntry['credential'];
  key_id: string | null;
  key_name: string | null;
  surface: string | null;
  action: string;
  target: string | null;
  ip: string | null;
  user_agent: string | null;
  status: number | null;
  request_id: string | null;
}

/** Months are made this far ahead, at every start and by housekeeping. */
const monthsAhead = 12;

export async function ensureAuditPartitions(sql: Sql): Promise<void> {
  await sql.run({ text: 'SELECT ensure_audit_partitions($1)', values: [monthsAhead] });
}

/** For an effect's own transaction; `createAuditStore` uses it on a pool. */
export async function appendAudit(sql: Sql, ids: IdSource, entries: readonly NewAuditEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await sql.run({
    name: 'append_audit',
    text: `INSERT INTO audit_entries (id, account_id, credential, key_id, key_name, surface, action, target, ip, user_agent, status,
        request_id)
      SELECT e.id, e."accountId", e.credential, e."keyId", e."keyName", e.surface, e.action, e.target, e.ip, e."userAgent", e.status,
        e."requestId"
      FROM jsonb_to_recordset($1) AS e (id text, "accountId" text, credential text, "keyId" text, "keyName" text, surface text,
        action text, target text, ip text, "userAgent" text, status int, "requestId" text)`,
    values: [JSON.stringify(entries.map((entry) => ({ ...cleaned(entry), id: ids.next('audit') })))],
  });
}

/** Foreign text (a user agent, a target) must not make the row impossible to write. */
const cleaned = (entry: NewAuditEntry): NewAuditEntry => ({
  ...entry,
  keyName: clean(entry.keyName),
  target: clean(entry.target),
  userAgent: clean(entry.userAgent),
  requestId: clean(entry.requestId),
});
const clean = (text: string | null): string | null =>
  text?.replaceAll('\0', '\u{FFFD}').toWellFormed().slice(0, 1000).toWellFormed() ?? null;

export function createAuditStore(sql: SqlPool, ids: IdSource): AuditStore {
  return {
    append: (entries) => appendAudit(sql, ids, entries),
    async list(query) {
      const values: unknown[] = [query.accountId];
      const place = (value: unknown): string => `$${values.push(value)}`;
      const conditions = ['account_id = $1'];
      if (query.action !== undefined) conditions.push(`action = ${place(query.action)}`);
      if (query.keyId !== undefined) conditions.push(`key_id = ${place(query.keyId)}`);
      if (query.credential !== undefined) conditions.push(`credential = ${place(query.credential)}`);
      if (query.since !== undefined) conditions.push(`at >= ${place(query.since)}`);
      if (query.until !== undefined) conditions.push(`at < ${place(query.until)}`);
      if (query.afterId !== undefined) {
        const cursor = await sql.row<{ at: string }>({
          text: 'SELECT at::text FROM audit_entries WHERE id = $1 AND account_id = $2',
          values: [query.afterId, query.accountId],
        });
        if (cursor === null) throw new DomainError('invalid_request', 'the cursor names no entry', { code: 'invalid_cursor' });
        conditions.push(`(at, id) < (${place(cursor.at)}::timestamptz, ${place(query.afterId)})`);
      }
      if (query.cursor !== undefined) {
        const { at, id } = readCursor(query.cursor);
        conditions.push(`(at, id) < (${place(at)}::timestamptz, ${place(id)})`);
      }
      const rows = await sql.rows<AuditRecord & { exact_at: string }>({
        text: `SELECT *, at::text AS exact_at FROM audit_entries WHERE ${conditions.join(' AND ')} ORDER BY at DESC, id DESC LIMIT ${place(query.limit + 1)}`,
        values,
      });
      const shown = rows.slice(0, query.limit);
      const last = rows.length > query.limit ? shown.at(-1) : undefined;
      const next = last === undefined ? null : writeCursor({ at: last.exact_at, id: last.id });
      return { entries: shown.map(toAuditEntry), hasMore: next !== null, next };
    },
    dropMonthsBefore: (before) =>
      sql.transaction(async (tx) => {
        await lock(tx, 'audit-partitions');
        const months = await tx.rows<{ name: string }>({
          text: `SELECT child.relname AS name FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid
            WHERE inhparent = 'audit_entries'::regclass ORDER BY 1`,
        });
        const old = months
          .map((month) => month.name)
          .filter((name) => (endOfMonth(name)?.getTime() ?? Infinity) <= before.getTime());
        for (const name of old) await tx.run({ text: `DROP TABLE "${name}"` });
        return old;
      }),
  };
}

const cursorSchema = z.object({
  at: z.string().regex(/^\d{4,6}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?[+-]\d\d(:\d\d)?$/),
  id: z.string().regex(/^aud_\w{1,60}$/),
});
type Cursor = z.infer<typeof cursorSchema>;

const writeCursor = (cursor: Cursor): string => Buffer.from(JSON.stringify(cursor)).toString('base64url');

function readCursor(text: string): Cursor {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return cursorSchema.parse(value);
  } catch (cause) {
    throw new DomainError('invalid_request', 'the cursor is none of this list', { code: 'invalid_cursor', cause });
  }
}

/** Exclusive end of the month that a partition holds; null for a name that is none of ours. */
function endOfMonth(partition: string): Date | null {
  const match = /^audit_entries_(\d{4})_(\d{2})$/.exec(partition);
  return match === null ? null : new Date(Date.UTC(Number(match[1]), Number(match[2]), 1));
}

const toAuditEntry = (row: AuditRecord): AuditEntry => ({
  id: row.id,
  at: row.at,
  accountId: row.account_id,
  credential: row.credential,
  keyId: row.key_id,
  keyName: row.key_name,
  surface: row.surface,
  action: row.action,
  target: row.target,
  ip: row.ip,
  userAgent: row.user_agent,
  status: row.status,
  requestId: row.request_id,
});
