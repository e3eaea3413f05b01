import { z } from 'zod';

/** Says that something is due, not what: whoever gets it claims the best due row. `stepId` is a delivery's id on `webhook`. */
export const wakeupSchema = z.object({
  stepId: z.string().regex(/^[A-Za-z0-9_]{1,100}$/),
  attempt: z.int().nonnegative(),
});
export type Wakeup = z.infer<typeof wakeupSchema>;

/** Every queue and what its messages hold. */
export const queueCatalog = {
  gpu: wakeupSchema,
  cpu: wakeupSchema,
  io: wakeupSchema,
  webhook: wakeupSchema,
  housekeeping: wakeupSchema,
};
export type QueueName = keyof typeof queueCatalog;
export const queueNames = ['gpu', 'cpu', 'io', 'webhook', 'housekeeping'] as const satisfies readonly QueueName[];

/** Two notices of one attempt are one message. BullMQ forbids colons here. */
export const messageId = ({ stepId, attempt }: Wakeup): string => `${stepId}-${attempt}`;
