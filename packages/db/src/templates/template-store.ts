import { DomainError, type IdSource, type NewAuditEntry, type TemplateRow, type TemplateStore } from '@polyreel/core';
import { appendAudit } from '../audit/audit-store.ts';
import { lock } from '../sql/job-lock.ts';
import type { Sql, SqlPool } from '../sql/sql.ts';

interface TemplateRecord {
  id: string;
  account_id: string;
  name: string;
  description: string | null;
  body: unknown;
  version: number;
  latest_version: number;
  created_at: Date;
  updated_at: Date;
}

const columns = `templates.id, templates.account_id, v.name, v.description, v.body, v.version, templates.version AS latest_version,
  templates.created_at, v.created_at AS updated_at`;
const isOwn = 'templates.id = $1 AND templates.account_id = $2 AND templates.surface = $3';

const toTemplateRow = (row: TemplateRecord): TemplateRow => ({
  id: row.id,
  accountId: row.account_id,
  name: row.name,
  description: row.description,
  body: row.body,
  version: row.version,
  latestVersion: row.latest_version,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

type Key = { accountId: string; surface: string; id: string };

export function createTemplateStore(sql: SqlPool, ids: IdSource): TemplateStore {
  const audited = (tx: Sql, audit: NewAuditEntry | undefined) => appendAudit(tx, ids, audit === undefined ? [] : [audit]);
  return {
    create: (template) =>
      sql.transaction(async (tx) => {
        await lock(tx, `templates:${template.accountId}:${template.surface}`);
        await refuseTooMany(tx, template);
        await tx.run({
          text: 'INSERT INTO templates (id, account_id, surface, created_at) VALUES ($1, $2, $3, clock_timestamp())',
          values: [template.id, template.accountId, template.surface],
        });
        await insertVersion(tx, template, 1);
        await audited(tx, template.audit);
        return existing(await findTemplate(tx, template));
      }),
    find: (query) => findTemplate(sql, query),
    async list(query) {
      if (query.afterId !== undefined && (await findTemplate(sql, { ...query, id: query.afterId })) === null)
        throw new DomainError('invalid_request', 'the cursor names no template', { code: 'invalid_cursor' });
      const rows = await sql.rows<TemplateRecord>({
        text: `SELECT ${columns} FROM templates
          JOIN template_versions AS v ON v.template_id = templates.id AND v.version = templates.version
          WHERE templates.account_id = $1 AND templates.surface = $2 AND ($4::text IS NULL OR templates.id < $4)
          ORDER BY templates.id DESC LIMIT $3`,
        values: [query.accountId, query.surface, query.limit + 1, query.afterId ?? null],
      });
      return { templates: rows.slice(0, query.limit).map(toTemplateRow), hasMore: rows.length > query.limit };
    },
    addVersion: (query) =>
      sql.transaction(async (tx) => {
        const row = await tx.row<{ version: number }>({
          text: `SELECT version FROM templates WHERE ${isOwn} FOR UPDATE`,
          values: [query.id, query.accountId, query.surface],
        });
        if (row === null) return null;
        if (row.version !== query.fromVersion)
          throw new DomainError('conflict', `the template was changed meanwhile: version ${row.version} is the newest`, {
            code: 'template_changed',
          });
        const version = row.version + 1;
        await insertVersion(tx, query, version);
        await tx.run({
          text: 'UPDATE templates SET version = $2, updated_at = clock_timestamp() WHERE id = $1',
          values: [query.id, version],
        });
        await audited(tx, query.audit);
        return existing(await findTemplate(tx, query));
      }),
    remove: (query) =>
      sql.transaction(async (tx) => {
        const gone = await tx.run({
          text: `DELETE FROM templates WHERE ${isOwn}`,
          values: [query.id, query.accountId, query.surface],
        });
        if (gone === 1) await audited(tx, query.audit);
        return gone === 1;
      }),
  };
}

function existing(row: TemplateRow | null): TemplateRow {
  if (row === null) throw new Error('the template that was just written is not there');
  return row;
}

async function findTemplate(sql: Sql, query: Key & { version?: number }): Promise<TemplateRow | null> {
  const row = await sql.row<TemplateRecord>({
    text: `SELECT ${columns} FROM templates
      JOIN template_versions AS v ON v.template_id = templates.id AND v.version = coalesce($4, templates.version) WHERE ${isOwn}`,
    values: [query.id, query.accountId, query.surface, query.version ?? null],
  });
  return row && toTemplateRow(row);
}

async function insertVersion(
  tx: Sql,
  template: { id: string; name: string; description: string | null; body: unknown },
  version: number,
): Promise<void> {
  await tx.run({
    text: `INSERT INTO template_versions (template_id, version, name, description, body, created_at)
      VALUES ($1, $2, $3, $4, $5, clock_timestamp())`,
    values: [template.id, version, template.name, template.description, JSON.stringify(template.body)],
  });
}

async function refuseTooMany(tx: Sql, query: { accountId: string; surface: string; templatesMax: number }): Promise<void> {
  const row = await tx.row<{ count: number }>({
    text: 'SELECT count(*)::int AS count FROM templates WHERE account_id = $1 AND surface = $2',
    values: [query.accountId, query.surface],
  });
  const count = row?.count ?? 0;
  if (count >= query.templatesMax)
    throw new DomainError('invalid_request', `the account has ${count} templates, ${query.templatesMax} are allowed`, {
      code: 'too_many_templates',
    });
}
