-- AlterTable
ALTER TABLE "files" ADD COLUMN     "client_ref" JSONB,
ADD COLUMN     "collection" TEXT,
ADD COLUMN     "declared_family" TEXT,
ADD COLUMN     "description" TEXT,
ADD COLUMN     "embedding" REAL[],
ADD COLUMN     "failure_code" TEXT,
ADD COLUMN     "failure_message" TEXT,
ADD COLUMN     "family" TEXT,
ADD COLUMN     "is_temporary" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "playback_id" TEXT,
ADD COLUMN     "processing" TEXT NOT NULL DEFAULT 'none',
ADD COLUMN     "transcript" JSONB,
ADD COLUMN     "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
ADD COLUMN     "upload_deadline" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "deliveries" ADD COLUMN     "file_id" TEXT;

-- CreateIndex
CREATE UNIQUE INDEX "files_playback_id_key" ON "files"("playback_id");

-- AddForeignKey
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_file_id_fkey" FOREIGN KEY ("file_id") REFERENCES "files"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- What Prisma cannot say.

ALTER TABLE "files"
    ADD CONSTRAINT "files_collection_known" CHECK ("collection" IN ('library', 'project', 'export')),
    ADD CONSTRAINT "files_family_known" CHECK ("family" IN ('image', 'video', 'audio', 'document')),
    ADD CONSTRAINT "files_processing_known" CHECK ("processing" IN ('none', 'waiting', 'done', 'failed'));

ALTER TABLE "file_renditions"
    ADD CONSTRAINT "file_renditions_state_known" CHECK ("state" IN ('pending', 'ready', 'failed'));

-- Pages of an account's files, newest change first: the cost of a page does not depend on which one it is.
CREATE INDEX "files_shown" ON "files" ("account_id", "updated_at" DESC, "id" DESC) WHERE "collection" IS NOT NULL AND "archived_at" IS NULL;
-- Small: what waits for a worker, for its bytes, or for the end of its day.
CREATE INDEX "files_waiting" ON "files" ("updated_at") WHERE "processing" = 'waiting';
CREATE INDEX "files_awaiting_bytes" ON "files" ("upload_deadline") WHERE "state" = 'pending' AND "upload_deadline" IS NOT NULL;
CREATE INDEX "files_temporary" ON "files" ("ready_at") WHERE "is_temporary" AND "archived_at" IS NULL;
CREATE INDEX "deliveries_file" ON "deliveries" ("file_id") WHERE "file_id" IS NOT NULL;
-- `simple`: descriptions come in any language.
CREATE INDEX "files_words" ON "files" USING gin (to_tsvector('simple', coalesce("description", '') || ' ' || "display_name"))
    WHERE "collection" IS NOT NULL AND "archived_at" IS NULL;
