-- CreateTable
CREATE TABLE "accounts" (
    "id" TEXT NOT NULL,
    "name" TEXT,
    "username" TEXT,
    "email" TEXT,
    "role" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'active',
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(6),

    CONSTRAINT "accounts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_keys" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "sha256" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,
    "last_four" TEXT NOT NULL,
    "surfaces" TEXT[],
    "policies" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(6),
    "expires_at" TIMESTAMPTZ(6),
    "revoked_at" TIMESTAMPTZ(6),

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "jobs" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "key_id" TEXT,
    "surface" TEXT NOT NULL,
    "external_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'queued',
    "spec" JSONB NOT NULL,
    "runners" TEXT[],
    "client_ref" JSONB,
    "priority" INTEGER NOT NULL DEFAULT 0,
    "exclusive_key" TEXT,
    "progress_ratio" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "milestones_done" INTEGER NOT NULL DEFAULT 0,
    "milestones_total" INTEGER NOT NULL,
    "retries" INTEGER NOT NULL DEFAULT 0,
    "artifacts" JSONB NOT NULL DEFAULT '[]',
    "warnings" JSONB NOT NULL DEFAULT '[]',
    "error_code" TEXT,
    "error_message" TEXT,
    "callback_url" TEXT,
    "callback_events" TEXT[],
    "cancel_requested_at" TIMESTAMPTZ(6),
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(6),
    "finished_at" TIMESTAMPTZ(6),
    "version" INTEGER NOT NULL DEFAULT 1,
    "event_seq" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "jobs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "steps" (
    "id" TEXT NOT NULL,
    "job_id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "priority" INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "type" TEXT NOT NULL,
    "resource" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "params" JSONB NOT NULL,
    "needs" TEXT[],
    "weight" DOUBLE PRECISION NOT NULL,
    "is_milestone" BOOLEAN NOT NULL,
    "timeout_seconds" INTEGER NOT NULL,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "run_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lease_token" TEXT,
    "lease_until" TIMESTAMPTZ(6),
    "worker_id" TEXT,
    "progress_ratio" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "result" JSONB,
    "error_code" TEXT,
    "error_message" TEXT,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(6),
    "finished_at" TIMESTAMPTZ(6),

    CONSTRAINT "steps_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "events" (
    "job_id" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "type" TEXT NOT NULL,
    "data" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "events_pkey" PRIMARY KEY ("job_id","seq")
);

-- CreateTable
CREATE TABLE "files" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "job_id" TEXT,
    "origin" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'pending',
    "object_key" TEXT NOT NULL,
    "media_type" TEXT NOT NULL,
    "display_name" TEXT NOT NULL,
    "size_bytes" BIGINT NOT NULL DEFAULT 0,
    "sha256" TEXT,
    "facts" JSONB NOT NULL DEFAULT '{}',
    "scope" TEXT NOT NULL DEFAULT 'private',
    "archived_at" TIMESTAMPTZ(6),
    "expires_at" TIMESTAMPTZ(6),
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ready_at" TIMESTAMPTZ(6),

    CONSTRAINT "files_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "file_renditions" (
    "file_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "object_key" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'pending',
    "media_type" TEXT NOT NULL,
    "size_bytes" BIGINT NOT NULL DEFAULT 0,
    "sha256" TEXT,
    "facts" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "file_renditions_pkey" PRIMARY KEY ("file_id","name")
);

-- CreateTable
CREATE TABLE "workers" (
    "id" TEXT NOT NULL,
    "capabilities" JSONB NOT NULL,
    "hostname" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "seen_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "stopped_at" TIMESTAMPTZ(6),

    CONSTRAINT "workers_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_secrets" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "endpoint_id" TEXT,
    "sealed" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(6),

    CONSTRAINT "webhook_secrets_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "endpoints" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "surface" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "events" TEXT[],
    "description" TEXT,
    "state" TEXT NOT NULL DEFAULT 'active',
    "failing_since" TIMESTAMPTZ(6),
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "endpoints_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "deliveries" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "job_id" TEXT,
    "endpoint_id" TEXT,
    "surface" TEXT NOT NULL,
    "event" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "body" TEXT,
    "state" TEXT NOT NULL DEFAULT 'pending',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lease_token" TEXT,
    "lease_until" TIMESTAMPTZ(6),
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(6),

    CONSTRAINT "deliveries_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "delivery_attempts" (
    "delivery_id" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "started_at" TIMESTAMPTZ(6) NOT NULL,
    "duration_ms" INTEGER NOT NULL,
    "status_code" INTEGER,
    "error_code" TEXT,
    "response_excerpt" TEXT,

    CONSTRAINT "delivery_attempts_pkey" PRIMARY KEY ("delivery_id","attempt")
);

-- CreateTable
CREATE TABLE "ledger_entries" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "job_id" TEXT,
    "surface" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "credits" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ledger_entries_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_entries" (
    "at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "credential" TEXT NOT NULL,
    "key_id" TEXT,
    "key_name" TEXT,
    "surface" TEXT,
    "action" TEXT NOT NULL,
    "target" TEXT,
    "ip" TEXT,
    "user_agent" TEXT,
    "status" INTEGER,
    "request_id" TEXT,

    CONSTRAINT "audit_entries_pkey" PRIMARY KEY ("at","id")
) PARTITION BY RANGE ("at");

-- CreateTable
CREATE TABLE "idempotency_keys" (
    "key_id" TEXT NOT NULL,
    "surface" TEXT NOT NULL,
    "idempotency_key" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "job_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("key_id","surface","idempotency_key")
);

-- CreateTable
CREATE UNLOGGED TABLE "rate_windows" (
    "key" TEXT NOT NULL,
    "window_start" TIMESTAMPTZ(6) NOT NULL,
    "count" INTEGER NOT NULL,

    CONSTRAINT "rate_windows_pkey" PRIMARY KEY ("key","window_start")
);

-- CreateTable
CREATE TABLE "settings" (
    "name" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "settings_pkey" PRIMARY KEY ("name")
);

-- CreateIndex
CREATE UNIQUE INDEX "accounts_name_key" ON "accounts"("name");

-- CreateIndex
CREATE UNIQUE INDEX "accounts_username_key" ON "accounts"("username");

-- CreateIndex
CREATE UNIQUE INDEX "accounts_email_key" ON "accounts"("email");

-- CreateIndex
CREATE UNIQUE INDEX "api_keys_sha256_key" ON "api_keys"("sha256");

-- CreateIndex
CREATE INDEX "api_keys_account_id_idx" ON "api_keys"("account_id");

-- CreateIndex
CREATE INDEX "jobs_account_id_surface_created_at_id_idx" ON "jobs"("account_id", "surface", "created_at", "id");

-- CreateIndex
CREATE INDEX "jobs_state_idx" ON "jobs"("state");

-- CreateIndex
CREATE UNIQUE INDEX "jobs_surface_external_id_key" ON "jobs"("surface", "external_id");

-- CreateIndex
CREATE UNIQUE INDEX "steps_job_id_key_key" ON "steps"("job_id", "key");

-- CreateIndex
CREATE UNIQUE INDEX "files_object_key_key" ON "files"("object_key");

-- CreateIndex
CREATE INDEX "files_job_id_idx" ON "files"("job_id");

-- CreateIndex
CREATE INDEX "files_account_id_created_at_id_idx" ON "files"("account_id", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "file_renditions_object_key_key" ON "file_renditions"("object_key");

-- CreateIndex
CREATE INDEX "workers_seen_at_idx" ON "workers"("seen_at");

-- CreateIndex
CREATE INDEX "webhook_secrets_account_id_idx" ON "webhook_secrets"("account_id");

-- CreateIndex
CREATE INDEX "endpoints_account_id_surface_idx" ON "endpoints"("account_id", "surface");

-- CreateIndex
CREATE INDEX "deliveries_account_id_created_at_id_idx" ON "deliveries"("account_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "deliveries_endpoint_id_created_at_idx" ON "deliveries"("endpoint_id", "created_at");

-- CreateIndex
CREATE INDEX "deliveries_job_id_idx" ON "deliveries"("job_id");

-- CreateIndex
CREATE INDEX "deliveries_state_idx" ON "deliveries"("state");

-- CreateIndex
CREATE INDEX "ledger_entries_account_id_surface_created_at_idx" ON "ledger_entries"("account_id", "surface", "created_at");

-- CreateIndex
CREATE INDEX "ledger_entries_job_id_idx" ON "ledger_entries"("job_id");

-- CreateIndex
CREATE INDEX "audit_entries_account_id_at_id_idx" ON "audit_entries"("account_id", "at", "id");

-- CreateIndex
CREATE INDEX "idempotency_keys_expires_at_idx" ON "idempotency_keys"("expires_at");

-- CreateIndex
CREATE INDEX "idempotency_keys_job_id_idx" ON "idempotency_keys"("job_id");

-- CreateIndex
CREATE INDEX "rate_windows_window_start_idx" ON "rate_windows"("window_start");

-- AddForeignKey
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_key_id_fkey" FOREIGN KEY ("key_id") REFERENCES "api_keys"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "steps" ADD CONSTRAINT "steps_job_id_fkey" FOREIGN KEY ("job_id") REFERENCES "jobs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "events" ADD CONSTRAINT "events_job_id_fkey" FOREIGN KEY ("job_id") REFERENCES "jobs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "files" ADD CONSTRAINT "files_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "files" ADD CONSTRAINT "files_job_id_fkey" FOREIGN KEY ("job_id") REFERENCES "jobs"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "file_renditions" ADD CONSTRAINT "file_renditions_file_id_fkey" FOREIGN KEY ("file_id") REFERENCES "files"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "webhook_secrets" ADD CONSTRAINT "webhook_secrets_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "webhook_secrets" ADD CONSTRAINT "webhook_secrets_endpoint_id_fkey" FOREIGN KEY ("endpoint_id") REFERENCES "endpoints"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "endpoints" ADD CONSTRAINT "endpoints_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_job_id_fkey" FOREIGN KEY ("job_id") REFERENCES "jobs"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_endpoint_id_fkey" FOREIGN KEY ("endpoint_id") REFERENCES "endpoints"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "delivery_attempts" ADD CONSTRAINT "delivery_attempts_delivery_id_fkey" FOREIGN KEY ("delivery_id") REFERENCES "deliveries"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "idempotency_keys" ADD CONSTRAINT "idempotency_keys_job_id_fkey" FOREIGN KEY ("job_id") REFERENCES "jobs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Below: what the Prisma schema cannot say. None of it is seen by `prisma migrate diff`.

-- The words of every state machine.
ALTER TABLE "accounts"
    ADD CONSTRAINT "accounts_role_known" CHECK ("role" IN ('admin', 'member')),
    ADD CONSTRAINT "accounts_state_known" CHECK ("state" IN ('active', 'pending', 'disabled', 'deleted'));

ALTER TABLE "api_keys"
    ADD CONSTRAINT "api_keys_sha256_hex" CHECK ("sha256" ~ '^[0-9a-f]{64}$');

ALTER TABLE "jobs"
    ADD CONSTRAINT "jobs_state_known" CHECK ("state" IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    ADD CONSTRAINT "jobs_progress_ratio" CHECK ("progress_ratio" BETWEEN 0 AND 1),
    ADD CONSTRAINT "jobs_finished" CHECK (("state" IN ('succeeded', 'failed', 'cancelled')) = ("finished_at" IS NOT NULL)),
    ADD CONSTRAINT "jobs_failed_why" CHECK (("state" = 'failed') = ("error_code" IS NOT NULL));

ALTER TABLE "steps"
    ADD CONSTRAINT "steps_state_known" CHECK ("state" IN ('blocked', 'due', 'running', 'succeeded', 'failed', 'cancelled')),
    ADD CONSTRAINT "steps_resource_known" CHECK ("resource" IN ('gpu', 'cpu', 'io')),
    ADD CONSTRAINT "steps_progress_ratio" CHECK ("progress_ratio" BETWEEN 0 AND 1),
    ADD CONSTRAINT "steps_weight" CHECK ("weight" > 0),
    ADD CONSTRAINT "steps_lease" CHECK (("state" = 'running') = ("lease_token" IS NOT NULL AND "lease_until" IS NOT NULL)),
    ADD CONSTRAINT "steps_result" CHECK (("state" = 'succeeded') = ("result" IS NOT NULL));

ALTER TABLE "files"
    ADD CONSTRAINT "files_origin_known" CHECK ("origin" IN ('upload', 'output', 'intermediate')),
    ADD CONSTRAINT "files_state_known" CHECK ("state" IN ('pending', 'ready', 'failed')),
    ADD CONSTRAINT "files_ready" CHECK ("state" <> 'ready' OR "sha256" IS NOT NULL),
    -- A row before its object always has an end, else a crash would leave it for ever.
    ADD CONSTRAINT "files_pending_expires" CHECK ("state" <> 'pending' OR "expires_at" IS NOT NULL);

ALTER TABLE "endpoints"
    ADD CONSTRAINT "endpoints_state_known" CHECK ("state" IN ('active', 'paused', 'deleted'));

ALTER TABLE "deliveries"
    ADD CONSTRAINT "deliveries_state_known" CHECK ("state" IN ('pending', 'delivered', 'failed', 'cancelled')),
    ADD CONSTRAINT "deliveries_finished" CHECK (("state" = 'pending') = ("finished_at" IS NULL));

ALTER TABLE "ledger_entries"
    ADD CONSTRAINT "ledger_entries_kind_known" CHECK ("kind" IN ('charge', 'refund', 'grant'));

-- What may be active only once.
CREATE UNIQUE INDEX "jobs_exclusive_key_active" ON "jobs" ("exclusive_key")
    WHERE "exclusive_key" IS NOT NULL AND "state" IN ('queued', 'running');
CREATE UNIQUE INDEX "webhook_secrets_account_current" ON "webhook_secrets" ("account_id")
    WHERE "endpoint_id" IS NULL AND "expires_at" IS NULL;
CREATE UNIQUE INDEX "webhook_secrets_endpoint_current" ON "webhook_secrets" ("endpoint_id")
    WHERE "endpoint_id" IS NOT NULL AND "expires_at" IS NULL;

-- Small indexes over what is alive, for claims, limits and sweeps. `lease_until` is in none of them, so that a heartbeat
-- touches no index.
CREATE INDEX "jobs_active" ON "jobs" ("account_id") WHERE "state" IN ('queued', 'running');
CREATE INDEX "jobs_queued" ON "jobs" ("priority" DESC, "created_at", "id") WHERE "state" = 'queued';
CREATE INDEX "steps_due" ON "steps" ("resource", "account_id", "priority" DESC, "run_at", "id") WHERE "state" = 'due';
CREATE INDEX "steps_running" ON "steps" ("account_id") WHERE "state" = 'running';
CREATE INDEX "steps_unfinished" ON "steps" ("job_id") WHERE "state" IN ('blocked', 'due', 'running');
CREATE INDEX "deliveries_due" ON "deliveries" ("next_attempt_at") WHERE "state" = 'pending';
CREATE INDEX "files_expiring" ON "files" ("expires_at") WHERE "expires_at" IS NOT NULL;

ALTER TABLE "jobs" SET (fillfactor = 80);
ALTER TABLE "steps" SET (fillfactor = 80);

-- Every change of a job raises its version and is announced when it commits; a finished job never changes its state again.
CREATE FUNCTION touch_job() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state IN ('succeeded', 'failed', 'cancelled') AND NEW.state <> OLD.state THEN
        RAISE EXCEPTION 'job % is %, it cannot become %', OLD.id, OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    NEW.version := OLD.version + 1;
    NEW.updated_at := clock_timestamp();
    NEW.progress_ratio := greatest(NEW.progress_ratio, OLD.progress_ratio);
    RETURN NEW;
END
$$;
CREATE TRIGGER "jobs_touch" BEFORE UPDATE ON "jobs" FOR EACH ROW EXECUTE FUNCTION touch_job();

CREATE FUNCTION announce_job() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('polyreel_jobs', json_build_object('id', NEW.id, 'version', NEW.version, 'state', NEW.state,
        'progressRatio', NEW.progress_ratio, 'eventSeq', NEW.event_seq)::text);
    RETURN NULL;
END
$$;
CREATE TRIGGER "jobs_announce" AFTER UPDATE ON "jobs" FOR EACH ROW EXECUTE FUNCTION announce_job();

-- Whoever remembers keys forgets them when one changes.
CREATE FUNCTION announce_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('polyreel_keys', json_build_object('id', NEW.id)::text);
    RETURN NULL;
END
$$;
CREATE TRIGGER "api_keys_announce" AFTER UPDATE OF "revoked_at", "expires_at", "surfaces", "policies" ON "api_keys"
    FOR EACH ROW EXECUTE FUNCTION announce_keys();
CREATE TRIGGER "accounts_announce" AFTER UPDATE OF "state", "role" ON "accounts"
    FOR EACH ROW EXECUTE FUNCTION announce_keys();

-- The audit is written once. Whole months can be dropped, rows cannot.
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit entries cannot be changed or removed (%)', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER "audit_entries_keep" BEFORE UPDATE OR DELETE ON "audit_entries"
    FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER "audit_entries_keep_all" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_entries"
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

-- Makes the partitions of this month and the next ones. Row triggers come along with a partition, statement triggers do not.
CREATE FUNCTION ensure_audit_partitions(months_ahead integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    month timestamp := date_trunc('month', now() AT TIME ZONE 'UTC');
    name text;
BEGIN
    PERFORM pg_advisory_xact_lock(7240902);
    FOR i IN 0..months_ahead LOOP
        name := 'audit_entries_' || to_char(month, 'YYYY_MM');
        IF to_regclass(format('%I', name)) IS NULL THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF audit_entries FOR VALUES FROM (%L) TO (%L)', name,
                month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC');
            EXECUTE format('CREATE TRIGGER audit_entries_keep_all BEFORE UPDATE OR DELETE OR TRUNCATE ON %I
                FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()', name);
        END IF;
        month := month + interval '1 month';
    END LOOP;
END
$$;
SELECT ensure_audit_partitions(12);
