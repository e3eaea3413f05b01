import { stat } from 'node:fs/promises';
import { z } from 'zod';
import { softBindingAlgorithms } from './manifest.ts';
import { runC2paChild } from './run-child.ts';

/** What a file's manifest says, and whether it may be believed. */
export type ManifestReport =
  | { readonly state: 'none' }
  | {
      /** `trusted`: whole, and signed under an anchor; `valid`: whole, by a signer nobody vouches for; `invalid`: changed or broken. */
      readonly state: 'trusted' | 'valid' | 'invalid';
      readonly title: string | null;
      readonly generator: string | null;
      readonly issuer: string | null;
      /** ISO 8601; null: no time stamp. */
      readonly signedAt: string | null;
      readonly actions: readonly string[];
      readonly digitalSourceType: string | null;
      /** What is wrong, by C2PA's own words, an unknown signer left out. */
      readonly faults: readonly string[];
      readonly watermarkId: string | null;
      readonly fingerprint: string | null;
    };

const statusSchema = z.looseObject({ code: z.string() });
const reportSchema = z.looseObject({
  active_manifest: z.string().optional(),
  validation_state: z.string().optional(),
  validation_status: z.array(statusSchema).optional(),
  manifests: z.record(
    z.string(),
    z.looseObject({
      title: z.string().nullish(),
      claim_generator_info: z.array(z.looseObject({ name: z.string() })).nullish(),
      signature_info: z.looseObject({ issuer: z.string().nullish(), time: z.string().nullish() }).nullish(),
      assertions: z.array(z.looseObject({ label: z.string(), data: z.unknown() })).nullish(),
    }),
  ),
});
const actionsSchema = z.looseObject({
  actions: z.array(z.looseObject({ action: z.string(), digitalSourceType: z.string().nullish() })),
});
const softBindingSchema = z.looseObject({ alg: z.string(), blocks: z.array(z.looseObject({ value: z.string() })) });

/** Reads the manifest inside a file of a type that can carry one. `anchors`: PEM certificates whose signers are trusted. */
export const readManifest = async (options: {
  input: string;
  mediaType: string;
  anchors: readonly string[];
  signal: AbortSignal;
}): Promise<ManifestReport> => {
  const { size } = await stat(options.input);
  const answer = await runC2paChild(
    { operation: 'read', mediaType: options.mediaType, input: options.input, anchors: [...options.anchors] },
    { fileBytes: size, signal: options.signal },
  );
  if (answer.outcome !== 'read') throw new Error('the signing process answered another question');
  return answer.report === null ? { state: 'none' } : toReport(JSON.parse(answer.report));
};

const states: Readonly<Record<string, 'trusted' | 'valid'>> = { Trusted: 'trusted', Valid: 'valid' };
const untrusted = 'signingCredential.untrusted';

/** Pure. Throws ZodError for what is no report. */
export const toReport = (json: unknown): ManifestReport => {
  const report = reportSchema.parse(json);
  const manifest = report.manifests[report.active_manifest ?? ''];
  const assertions = manifest?.assertions ?? [];
  const actions = assertions.flatMap(({ label, data }) =>
    label.startsWith('c2pa.actions') ? (actionsSchema.safeParse(data).data?.actions ?? []) : [],
  );
  const binding = (algorithm: string): string | null =>
    assertions
      .filter(({ label }) => label.startsWith('c2pa.soft-binding'))
      .map(({ data }) => softBindingSchema.safeParse(data).data)
      .find((found) => found?.alg === algorithm)?.blocks[0]?.value ?? null;
  return {
    state: states[report.validation_state ?? ''] ?? 'invalid',
    title: manifest?.title ?? null,
    generator: manifest?.claim_generator_info?.[0]?.name ?? null,
    issuer: manifest?.signature_info?.issuer ?? null,
    signedAt: manifest?.signature_info?.time ?? null,
    actions: actions.map(({ action }) => action),
    digitalSourceType: actions.find(({ digitalSourceType }) => typeof digitalSourceType === 'string')?.digitalSourceType ?? null,
    faults: (report.validation_status ?? []).map(({ code }) => code).filter((code) => code !== untrusted),
    watermarkId: binding(softBindingAlgorithms.watermark),
    fingerprint: binding(softBindingAlgorithms.fingerprint),
  };
};
