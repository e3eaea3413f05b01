import type { SafetyCategory, SafetySeverity } from './categories.ts';

/** One pattern over a plain text. */
export interface WordRule {
  readonly category: SafetyCategory;
  readonly severity: SafetySeverity;
  readonly pattern: RegExp;
}

/** Whole words, any of them; parts are patterns over a plain text. */
export const anyOf = (...parts: readonly string[]): string => `(?:${parts.join('|')})`;
export const words = (...parts: readonly string[]): RegExp => new RegExp(`\\b${anyOf(...parts)}\\b`);

/** Both within `gap` characters, in either order. */
export const near = (one: string, other: string, gap = 40): string =>
  anyOf(`${one}\\b.{0,${gap}}\\b${other}`, `${other}\\b.{0,${gap}}\\b${one}`);

export const person =
  '(?:person|people|man|men|woman|women|girl|girls|boy|boys|guy|guys|lady|ladies|couple|victim|victims|prisoner|prisoners|hostage|hostages|human|humans|civilian|civilians|soldier|soldiers|wife|husband|student|students|him|her|them|someone|somebody|dog|cat|puppy|kitten|animal|animals|captive|villager|villagers|child|children)';
export const whose = '(?:his|her|their|my|your|its|the|a|an|own)';
export const body = '(?:clothes|clothing|dress|shirt|bra|panties|underwear|top|bikini|towel|robe|skirt|pants|blouse|lingerie)';
