import { randomBytes } from 'node:crypto';
import {
  type AccountStore,
  type ApiKeyStore,
  type AuditStore,
  createIdSource,
  type DeliveryStore,
  type EndpointStore,
  type FileStore,
  type GeneratedFileStore,
  type IdSource,
  type JobStore,
  type LedgerStore,
  type ProvenanceStore,
  type LibraryStore,
  type ServerSecretStore,
  type SettingStore,
  type StepStore,
  type TemplateStore,
  type UserStore,
  type WebhookSecretStore,
  type WorkerStore,
} from '@polyreel/core';
import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { createAccountStore } from './accounts/account-store.ts';
import { createApiKeyStore } from './accounts/api-key-store.ts';
import { expireFilesOfDeleted } from './accounts/delete-account.ts';
import { createUserStore } from './accounts/user-store.ts';
import { createWebhookSecretStore } from './accounts/webhook-secret-store.ts';
import { createAuditStore, ensureAuditPartitions } from './audit/audit-store.ts';
import { createDeliveryStore } from './deliveries/delivery-store.ts';
import { createEndpointStore } from './endpoints/endpoint-store.ts';
import { expireResults } from './files/expire-results.ts';
import { createFileStore } from './files/file-store.ts';
import { createGeneratedFileStore } from './files/generated-file-store.ts';
import { PrismaClient } from './generated/client.ts';
import { createJobStore } from './jobs/job-store.ts';
import { createLedgerStore } from './ledger/ledger-store.ts';
import { createLibraryStore } from './library/library-store.ts';
import { createListener, type Listener } from './listener.ts';
import { createProvenanceStore } from './provenance/provenance-store.ts';
import { createServerSecretStore } from './provenance/server-secret-store.ts';
import { createPool } from './sql/pool.ts';
import { createSql, type SqlPool } from './sql/sql.ts';
import { createStatistics, type Statistics } from './statistics.ts';
import { createStepStore } from './steps/step-store.ts';
import { createTemplateStore } from './templates/template-store.ts';
import { createSettingStore, createWorkerStore } from './workers/worker-store.ts';

export interface DatabaseOptions {
  readonly url: string;
  /** Connections of the pool; one more listens. */
  readonly poolSize: number;
  /** Faults of idle connections and of the listening one; nothing is lost by them. */
  readonly onError: (error: unknown) => void;
  /** The listening connection came up or went down. */
  readonly onListening?: (isUp: boolean) => void;
  readonly ids?: IdSource;
}

export interface Database extends Pick<Listener, 'listen' | 'isListening'> {
  readonly pool: pg.Pool;
  readonly prisma: PrismaClient;
  readonly sql: SqlPool;
  readonly jobs: JobStore;
  readonly steps: StepStore;
  readonly files: FileStore;
  readonly generatedFiles: GeneratedFileStore;
  readonly library: LibraryStore;
  readonly accounts: AccountStore;
  readonly apiKeys: ApiKeyStore;
  readonly users: UserStore;
  readonly templates: TemplateStore;
  readonly webhookSecrets: WebhookSecretStore;
  readonly deliveries: DeliveryStore;
  readonly endpoints: EndpointStore;
  readonly workers: WorkerStore;
  readonly settings: SettingStore;
  readonly ledger: LedgerStore;
  readonly audit: AuditStore;
  readonly provenance: ProvenanceStore;
  readonly serverSecrets: ServerSecretStore;
  readonly statistics: Statistics;
  /** Removes what has run out (idempotency keys, rows of long gone workers, replaced secrets, results) and makes the next audit months. */
  maintain(retentionDays: Retention): Promise<void>;
  /** Resolves when the database answers; throws DomainError `backend_unavailable` when not. */
  ping(): Promise<void>;
  /** Waits for statements in flight. Closing again waits for the same end. */
  close(): Promise<void>;
}

/** Connects to a migrated database. Throws DomainError `backend_unavailable` when it does not answer. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { pool, close } = createPool({ url: options.url, size: options.poolSize, onError: options.onError });
  const sql = createSql(pool);
  try {
    await ensureAuditPartitions(sql);
  } catch (error) {
    await close();
    throw error;
  }
  const ids = options.ids ?? createIdSource({ now: () => new Date() }, randomBytes);
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  const listener = createListener({ ...options, ...(options.onListening !== undefined && { onState: options.onListening }) });
  const closeAll = async (): Promise<void> => {
    await listener.close();
    await prisma.$disconnect();
    await close();
  };
  let closing: Promise<void> | undefined;
  const audit = createAuditStore(sql, ids);
  return {
    pool,
    prisma,
    sql,
    jobs: createJobStore(sql, ids),
    steps: createStepStore(sql, ids),
    files: createFileStore(sql),
    generatedFiles: createGeneratedFileStore(sql),
    library: createLibraryStore(sql, ids),
    accounts: createAccountStore(sql),
    apiKeys: createApiKeyStore(sql, ids),
    users: createUserStore(sql, ids),
    templates: createTemplateStore(sql, ids),
    webhookSecrets: createWebhookSecretStore(sql),
    deliveries: createDeliveryStore(sql),
    endpoints: createEndpointStore(sql, ids),
    workers: createWorkerStore(sql),
    settings: createSettingStore(prisma),
    ledger: createLedgerStore(sql, prisma, ids),
    audit,
    provenance: createProvenanceStore(sql),
    serverSecrets: createServerSecretStore(sql),
    statistics: createStatistics(sql),
    listen: listener.listen,
    isListening: listener.isListening,
    maintain: (retentionDays) => maintain(sql, { retentionDays, audit }),
    async ping() {
      await sql.run({ text: 'SELECT 1' });
    },
    close: () => {
      closing ??= closeAll();
      return closing;
    },
  };
}

/** How long finished work is kept; null: for ever. */
export interface Retention {
  /** Results of ended jobs, and the inputs that only they had. */
  readonly results: number | null;
  /** Audit entries, in whole months. */
  readonly audit: number | null;
}

const dayMs = 86_400_000;

async function maintain(sql: SqlPool, { retentionDays, audit }: { retentionDays: Retention; audit: AuditStore }): Promise<void> {
  await ensureAuditPartitions(sql);
  if (retentionDays.results !== null) await expireResults(sql, retentionDays.results);
  if (retentionDays.audit !== null) await audit.dropMonthsBefore(new Date(Date.now() - retentionDays.audit * dayMs));
  await sql.run({ text: 'DELETE FROM idempotency_keys WHERE expires_at < now()' });
  await sql.run({ text: `DELETE FROM access_tokens WHERE expires_at < now() - interval '30 days'` });
  await sql.run({ text: `DELETE FROM mail_tokens WHERE expires_at < now() - interval '30 days'` });
  await sql.run({ text: `DELETE FROM login_failures WHERE at < now() - interval '1 day'` });
  await expireFilesOfDeleted(sql);
  await sql.run({ text: `DELETE FROM workers WHERE seen_at < now() - interval '1 day'` });
  await sql.run({ text: `DELETE FROM webhook_secrets WHERE expires_at < now() - interval '1 day'` });
}
