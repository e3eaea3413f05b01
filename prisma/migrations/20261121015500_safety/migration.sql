-- CreateTable
CREATE TABLE "safety_decisions" (
    "id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "account_id" TEXT NOT NULL,
    "key_id" TEXT,
    "surface" TEXT,
    "job_id" TEXT,
    "phase" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "is_checked" BOOLEAN NOT NULL,
    "categories" TEXT[],
    "place" TEXT,
    "content_hash" TEXT NOT NULL,
    "content" TEXT,
    "stages" JSONB NOT NULL,

    CONSTRAINT "safety_decisions_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "safety_decisions_account_id_at_id_idx" ON "safety_decisions"("account_id", "at", "id");

-- CreateIndex
CREATE INDEX "safety_decisions_at_idx" ON "safety_decisions"("at");

-- Below: what Prisma cannot say.
ALTER TABLE "safety_decisions"
    ADD CONSTRAINT "safety_decisions_phase_known" CHECK ("phase" IN ('before', 'after')),
    ADD CONSTRAINT "safety_decisions_outcome_known" CHECK ("outcome" IN ('allowed', 'blocked', 'unavailable'));
