-- CreateTable
CREATE TABLE "provenance_records" (
    "job_id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "watermark_id" TEXT,
    "fingerprint" TEXT,
    "manifest" TEXT NOT NULL DEFAULT 'none',
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "provenance_records_pkey" PRIMARY KEY ("job_id")
);

-- CreateTable
CREATE TABLE "fingerprint_frames" (
    "job_id" TEXT NOT NULL,
    "form" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "hash" BYTEA NOT NULL,
    "bands" INTEGER[],

    CONSTRAINT "fingerprint_frames_pkey" PRIMARY KEY ("job_id","form","position")
);

-- CreateTable
CREATE TABLE "server_secrets" (
    "name" TEXT NOT NULL,
    "sealed" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "server_secrets_pkey" PRIMARY KEY ("name")
);

-- CreateIndex
CREATE UNIQUE INDEX "provenance_records_watermark_id_key" ON "provenance_records"("watermark_id");

-- CreateIndex
CREATE INDEX "fingerprint_frames_bands_idx" ON "fingerprint_frames" USING GIN ("bands");

-- AddForeignKey
ALTER TABLE "fingerprint_frames" ADD CONSTRAINT "fingerprint_frames_job_id_fkey" FOREIGN KEY ("job_id") REFERENCES "provenance_records"("job_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What Prisma cannot say.
ALTER TABLE "provenance_records"
    ADD CONSTRAINT "provenance_records_watermark_form" CHECK ("watermark_id" ~ '^[0-9a-f]{16}$'),
    ADD CONSTRAINT "provenance_records_fingerprint_form" CHECK ("fingerprint" ~ '^[0-9a-f]{64}$'),
    ADD CONSTRAINT "provenance_records_manifest_known" CHECK ("manifest" IN ('embedded', 'sidecar', 'none'));
ALTER TABLE "fingerprint_frames"
    ADD CONSTRAINT "fingerprint_frames_form_known" CHECK ("form" IN ('whole', 'mirrored', 'centre')),
    ADD CONSTRAINT "fingerprint_frames_hash_length" CHECK (octet_length("hash") = 32);
