import { type SafetyFinding, severityRank } from './categories.ts';
import { harassmentRules, illicitRules } from './conduct-rules.ts';
import { harmlessPhrases } from './harmless-phrases.ts';
import { extremismRules, hateRules } from './hate-rules.ts';
import { plainText, readingsOf } from './normalise-text.ts';
import type { SafetyPolicy } from './policy.ts';
import type { WordRule } from './rule.ts';
import { minorWords, sexualRules, youthWords } from './sexual-rules.ts';
import { selfHarmRules, violenceRules } from './violence-rules.ts';

const rules: readonly WordRule[] = [
  ...sexualRules,
  ...violenceRules,
  ...selfHarmRules,
  ...hateRules,
  ...extremismRules,
  ...harassmentRules,
  ...illicitRules,
];

/** What stands for a phrase that was taken out: no word, and no reason to join what is around it. */
const gap = ' · ';

/**
 * What the lists find in a text, the worst of each category. Pure. English, and a few words of other languages; what they do not know is
 * the business of the stages behind. The policy's own phrases are part of it: they are lists too.
 */
export function judgeText(text: string, policy: SafetyPolicy): SafetyFinding[] {
  const worst = new Map<SafetyFinding['category'], SafetyFinding>();
  for (const reading of readingsOf(text))
    for (const finding of judgeReading(reading, policy)) {
      const known = worst.get(finding.category);
      if (!known || severityRank[finding.severity] > severityRank[known.severity]) worst.set(finding.category, finding);
    }
  return [...worst.values()];
}

/** A caller's own phrases may excuse anything but what is said about minors. */
function judgeReading(reading: string, policy: SafetyPolicy): SafetyFinding[] {
  const open = reading.replace(harmlessPhrases, gap);
  const own = removePhrases(open, policy.allow);
  const found = rules.filter(({ category, pattern }) => pattern.test(category === 'minors' ? open : own));
  const isCustom = policy.block.some((phrase) => holds(reading, phrase));
  return [
    ...found.map(({ category, severity }) => ({ category, severity })),
    ...(isAboutMinors(open) ? [{ category: 'minors', severity: 'high' } as const] : []),
    ...(isCustom ? [{ category: 'custom', severity: 'high' } as const] : []),
  ];
}

/** A word for somebody young with anything sexual in the same text; words that may mean adults need more than a hint. */
function isAboutMinors(text: string): boolean {
  const sexual = sexualRules.filter(({ category, pattern }) => category === 'sexual' && pattern.test(text));
  if (sexual.length === 0) return false;
  return minorWords.test(text) || (youthWords.test(text) && sexual.some(({ severity }) => severity !== 'low'));
}

const holds = (text: string, phrase: string): boolean => ` ${text} `.includes(` ${plainText(phrase)} `);

function removePhrases(text: string, phrases: readonly string[]): string {
  let left = ` ${text} `;
  for (const phrase of phrases) left = left.replaceAll(` ${plainText(phrase)} `, gap);
  return left;
}
