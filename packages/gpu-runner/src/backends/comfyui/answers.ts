import { z } from 'zod';

/** What a ComfyUI server answers, as far as it is read here. Servers add fields from version to version: others pass. */

export const fileRefSchema = z.object({ filename: z.string().min(1), subfolder: z.string().default(''), type: z.string() });
export type FileRef = z.infer<typeof fileRefSchema>;

const errorEntrySchema = z.object({
  type: z.string().default('unknown'),
  message: z.string().default(''),
  details: z.string().nullish(),
});

const nodeErrorsSchema = z.record(
  z.string(),
  z.object({ class_type: z.string().default('unknown'), errors: z.array(errorEntrySchema).default([]) }),
);
export type NodeErrors = z.infer<typeof nodeErrorsSchema>;

export const acceptedSchema = z.object({
  prompt_id: z.string(),
  // An empty list where nothing was wrong, in some versions.
  node_errors: z
    .union([
      nodeErrorsSchema,
      z
        .array(z.unknown())
        .max(0)
        .transform((): NodeErrors => ({})),
    ])
    .default({}),
});

export const refusedSchema = z.object({
  error: z.union([errorEntrySchema, z.string().transform((message) => ({ type: 'unknown', message, details: null }))]),
  node_errors: z.union([nodeErrorsSchema, z.array(z.unknown()).transform((): NodeErrors => ({}))]).default({}),
});
export type Refusal = z.infer<typeof refusedSchema>;

const executionErrorSchema = z.object({
  node_id: z.string().nullish(),
  node_type: z.string().nullish(),
  exception_type: z.string().default('unknown'),
  exception_message: z.string().default(''),
});
export type ExecutionError = z.infer<typeof executionErrorSchema>;

/** `GET /api/jobs/{id}`. Outputs by node and then by any key: films stand under `images`. */
export const jobSchema = z.object({
  id: z.string(),
  status: z.enum(['pending', 'in_progress', 'completed', 'failed', 'cancelled']),
  execution_error: executionErrorSchema.nullish(),
  outputs: z.record(z.string(), z.record(z.string(), z.unknown())).nullish(),
  execution_status: z.object({ messages: z.array(z.tuple([z.string()], z.unknown())).default([]) }).nullish(),
});
export type JobAnswer = z.infer<typeof jobSchema>;

export const systemStatsSchema = z.object({
  system: z.object({ comfyui_version: z.string().default('0.0.0') }),
  devices: z
    .array(
      z.object({ name: z.string().default('unknown'), type: z.string().default('unknown'), vram_total: z.number().default(0) }),
    )
    .default([]),
});
export type SystemStats = z.infer<typeof systemStatsSchema>;

export const uploadedSchema = z.object({ name: z.string().min(1), subfolder: z.string().default('') });
export const objectInfoSchema = z.record(z.string(), z.unknown());
export const fileNamesSchema = z.array(z.string());
export const queueSchema = z.object({ exec_info: z.object({ queue_remaining: z.int() }) });
export const queueItemsSchema = z.object({
  queue_running: z.array(z.tuple([z.number(), z.string()], z.unknown())),
  queue_pending: z.array(z.tuple([z.number(), z.string()], z.unknown())),
});
export const cancelledSchema = z.object({ cancelled: z.boolean() });
