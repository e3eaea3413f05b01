import { z } from 'zod';

/** What the signing process is told on its standard input. Paths are of its own machine; the key never touches a disk. */
export const childRequestSchema = z.discriminatedUnion('operation', [
  z.object({
    operation: z.literal('sign'),
    mediaType: z.string(),
    input: z.string(),
    /** The signed copy; null: the manifest alone is wanted. */
    output: z.string().nullable(),
    /** Where the manifest's bytes are written by themselves; null: nowhere. */
    manifestOutput: z.string().nullable(),
    definition: z.json(),
    ingredients: z.array(z.object({ definition: z.json(), mediaType: z.string(), path: z.string() })),
    signer: z.object({
      algorithm: z.enum(['es256', 'es384', 'es512', 'ps256', 'ed25519']),
      privateKeyPem: z.string(),
      /** DER as base64. */
      chain: z.array(z.string()),
    }),
    timeStampUrl: z.string().nullable(),
  }),
  z.object({
    operation: z.literal('read'),
    mediaType: z.string(),
    input: z.string(),
    /** PEM certificates that are trusted. */
    anchors: z.array(z.string()),
  }),
]);
export type ChildRequest = z.infer<typeof childRequestSchema>;

/** What it answers on its standard output. */
export const childAnswerSchema = z.discriminatedUnion('outcome', [
  z.object({
    outcome: z.literal('signed'),
    /** From the first look at the key, the facts and the film until the signed file is written; no start is in it. */
    milliseconds: z.number(),
    /** From the start of the process until its library was compiled and could be used. */
    startMilliseconds: z.number(),
    /** Null: none was asked for. */
    isTimeStamped: z.boolean().nullable(),
    timeStampFault: z.string().nullable(),
  }),
  /** `report`: the reader's own JSON; null: the file carries no manifest. */
  z.object({ outcome: z.literal('read'), report: z.string().nullable() }),
  z.object({ outcome: z.literal('failed'), reason: z.string() }),
]);
export type ChildAnswer = z.infer<typeof childAnswerSchema>;
