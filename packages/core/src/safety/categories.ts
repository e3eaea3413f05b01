/** What content is judged for. `minors`: sexual content about people under 18; `custom`: a policy's own phrases. */
export const safetyCategories = [
  'minors',
  'sexual',
  'violence',
  'self_harm',
  'hate',
  'extremism',
  'harassment',
  'illicit',
  'custom',
] as const;
export type SafetyCategory = (typeof safetyCategories)[number];

/** low: touches the subject; medium: is about it; high: shows it openly, praises it or says how it is done. */
export const safetySeverities = ['low', 'medium', 'high'] as const;
export type SafetySeverity = (typeof safetySeverities)[number];

export const severityRank = { low: 1, medium: 2, high: 3 } as const satisfies Record<SafetySeverity, number>;

/** Something that a stage found; whether it blocks is the policy's business. */
export interface SafetyFinding {
  readonly category: SafetyCategory;
  readonly severity: SafetySeverity;
}

/** For an answer: what a film was refused for. */
export const categoryTexts = {
  minors: 'sexual content about minors',
  sexual: 'sexual content',
  violence: 'graphic violence',
  self_harm: 'self-harm',
  hate: 'hate',
  extremism: 'extremism',
  harassment: 'harassment',
  illicit: 'illicit acts',
  custom: 'words that this key may not use',
} as const satisfies Record<SafetyCategory, string>;
