-- CreateTable
CREATE TABLE "generated_files" (
    "account_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "file_id" TEXT NOT NULL,
    "artifact" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "generated_files_pkey" PRIMARY KEY ("account_id","key")
);

-- CreateIndex
CREATE INDEX "generated_files_file_id_idx" ON "generated_files"("file_id");

-- AddForeignKey
ALTER TABLE "generated_files" ADD CONSTRAINT "generated_files_file_id_fkey" FOREIGN KEY ("file_id") REFERENCES "files"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What Prisma cannot say.
ALTER TABLE "generated_files" ADD CONSTRAINT "generated_files_key_form" CHECK ("key" ~ '^[0-9a-f]{64}$');
