import { z } from 'zod';

/**
 * A backup is a tar: `manifest.json`, `secret-key`, maybe `api-key`, `tables/<name>` (COPY text), `objects/<key>` (only where the
 * objects are files of DATA_DIR), and at the end `objects.json`, which names every object and proves that the archive is whole.
 */
export const archiveFormat = 1;

export const entryNames = {
  manifest: 'manifest.json',
  secretKey: 'secret-key',
  apiKey: 'api-key',
  objects: 'objects.json',
} as const;
export const tablePrefix = 'tables/';
export const objectPrefix = 'objects/';

/** Text that a table is restored from. */
const tableSchema = z.object({
  name: z.string(),
  columns: z.array(z.string()).min(1),
  rows: z.int().nonnegative(),
  sizeBytes: z.int().nonnegative(),
  sha256: z.string(),
});
export type DumpedTable = z.infer<typeof tableSchema>;

/** A partition that rows may need, with the triggers that it does not inherit. */
const partitionSchema = z.object({ name: z.string(), parent: z.string(), bound: z.string(), triggers: z.array(z.string()) });
export type DumpedPartition = z.infer<typeof partitionSchema>;

export const manifestSchema = z.object({
  format: z.literal(archiveFormat),
  createdAt: z.string(),
  /** Applied migrations, oldest first. */
  migrations: z.array(z.string()).min(1),
  tables: z.array(tableSchema),
  partitions: z.array(partitionSchema),
  /** False: the objects stay in their bucket and are verified there. */
  hasObjects: z.boolean(),
});
export type Manifest = z.infer<typeof manifestSchema>;

const objectSchema = z.object({ key: z.string(), sizeBytes: z.int().nonnegative(), contentType: z.string(), sha256: z.string() });
export type ListedObjectFacts = z.infer<typeof objectSchema>;
export const objectListSchema = z.object({ objects: z.array(objectSchema) });

/** A file that is no backup, is damaged, or does not fit this server. Shown without a stack. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
}
