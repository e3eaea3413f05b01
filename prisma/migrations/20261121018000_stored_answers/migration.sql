-- AlterTable
ALTER TABLE "idempotency_keys" ADD COLUMN     "answer_body" TEXT,
ADD COLUMN     "answer_status" INTEGER;
