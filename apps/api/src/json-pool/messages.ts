import { domainErrorKinds } from '@polyreel/core';
import { z } from 'zod';

/** What a thread is asked. */
export const scanRequestSchema = z.object({
  bodyPath: z.string(),
  scratchPath: z.string(),
  nonce: z.string(),
  maxDataBytes: z.number(),
});

const movedSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('file'), path: z.string(), declaredType: z.string(), sizeBytes: z.number() }),
  z.object({ kind: z.literal('text') }),
  z.object({ kind: z.literal('fault'), fault: z.enum(['invalid_base64', 'too_large']) }),
]);

/** What it answers; an error crosses as data, since its class does not survive the way. */
export const scanReplySchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('scanned'), text: z.string(), moved: z.map(z.string(), movedSchema) }),
  z.object({ type: z.literal('syntax-error'), message: z.string() }),
  z.object({ type: z.literal('domain-error'), kind: z.enum(domainErrorKinds), code: z.string(), message: z.string() }),
  z.object({ type: z.literal('failed'), message: z.string() }),
]);
export type ScanReply = z.infer<typeof scanReplySchema>;
