import type { NewAuditEntry } from './audit.ts';

/** One version of a stored document. What `body` holds is the surface's. */
export interface TemplateRow {
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  readonly description: string | null;
  readonly body: unknown;
  /** Of this row. */
  readonly version: number;
  /** The newest there is. */
  readonly latestVersion: number;
  readonly createdAt: Date;
  /** When this version was made. */
  readonly updatedAt: Date;
}

export interface TemplateContent {
  readonly name: string;
  readonly description: string | null;
  readonly body: unknown;
}

/** Templates of an account on a surface. Versions are added, never changed. */
export interface TemplateStore {
  create(
    template: TemplateContent & { id: string; accountId: string; surface: string; templatesMax: number; audit?: NewAuditEntry },
  ): Promise<TemplateRow>;
  /** The newest version, or the one asked for. Null: not found. */
  find(query: { accountId: string; surface: string; id: string; version?: number }): Promise<TemplateRow | null>;
  /** Newest templates first, each in its newest version. `afterId` exclusive; unknown or foreign: code `invalid_cursor`. */
  list(query: {
    accountId: string;
    surface: string;
    limit: number;
    afterId?: string;
  }): Promise<{ templates: readonly TemplateRow[]; hasMore: boolean }>;
  /** A new version after `fromVersion`. Null: not found. DomainError `conflict`, code `template_changed`, when there is a newer one. */
  addVersion(
    query: TemplateContent & { accountId: string; surface: string; id: string; fromVersion: number; audit?: NewAuditEntry },
  ): Promise<TemplateRow | null>;
  /** All versions; jobs made of them live on. False: not found. */
  remove(query: { accountId: string; surface: string; id: string; audit?: NewAuditEntry }): Promise<boolean>;
}
