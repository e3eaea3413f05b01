import { z } from 'zod';
import { type SafetyCategory, type SafetyFinding, safetyCategories, safetySeverities, severityRank } from './categories.ts';

const threshold = z.enum([...safetySeverities, 'off']);
const phrase = z.string().trim().min(2).max(100);

/**
 * What a key may ask for, as it is stored with the key; what it does not name follows the default. `minors` has no threshold: it is
 * always blocked, from the lowest severity on.
 */
export const safetyPolicySchema = z.strictObject({
  /** Blocked from this severity on; `off`: never. */
  thresholds: z
    .partialRecord(z.enum(safetyCategories), threshold)
    .refine((given) => given.minors === undefined, { error: 'minors is always blocked' })
    .default({}),
  /** Phrases that mean no harm here; they do not open what is said about minors. */
  allow: z.array(phrase).max(200).default([]),
  /** Phrases that are refused here, whatever else is said. */
  block: z.array(phrase).max(200).default([]),
});
export type SafetyPolicy = z.infer<typeof safetyPolicySchema>;

export const defaultPolicy: SafetyPolicy = { thresholds: {}, allow: [], block: [] };

/** A film may be violent and tense; it is refused for gore. Everything else is refused when a prompt is about it. */
const defaultThresholds = {
  minors: 'low',
  sexual: 'medium',
  violence: 'high',
  self_harm: 'medium',
  hate: 'medium',
  extremism: 'medium',
  harassment: 'medium',
  illicit: 'medium',
  custom: 'low',
} as const satisfies Record<SafetyCategory, 'low' | 'medium' | 'high'>;

/** Of the findings, those that the policy blocks. */
export function blockingFindings(findings: readonly SafetyFinding[], policy: SafetyPolicy): SafetyFinding[] {
  return findings.filter(({ category, severity }) => {
    const limit = category === 'minors' ? 'low' : (policy.thresholds[category] ?? defaultThresholds[category]);
    return limit !== 'off' && severityRank[severity] >= severityRank[limit];
  });
}
