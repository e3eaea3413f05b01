import type { TimelineIssue } from './contract.ts';
import { parseColor } from './parse-color.ts';
import type { Rgba } from './scene-graph.ts';

/**
 * Readers for values that the schema lets through although they may say nothing: each takes a substitute and tells so. Shotstack's own
 * schema has free strings and free numbers in many places, and what it accepts is never refused.
 */
export interface SoftReader {
  readonly warnings: readonly TimelineIssue[];
  color(value: string | undefined, fallback: Rgba, path: string, order?: 'rgba' | 'argb'): Rgba;
  number(value: unknown, bounds: { fallback: number; least: number; most: number }, path: string): number;
  warn(path: string, code: string, message: string, hint?: string): void;
}

export const createSoftReader = (): SoftReader => {
  const warnings: TimelineIssue[] = [];
  const warn = (path: string, code: string, message: string, hint?: string): void => {
    warnings.push({ path, code, message, ...(hint === undefined ? {} : { hint }) });
  };
  return {
    warnings,
    warn,
    color: (value, fallback, path, order) => {
      if (value === undefined) return fallback;
      const color = parseColor(value, order);
      if (color !== undefined) return color;
      warn(path, 'unreadable_color', `${JSON.stringify(value.slice(0, 60))} is no colour: ${fallback} is taken`);
      return fallback;
    },
    number: (value, { fallback, least, most }, path) => {
      if (value === undefined) return fallback;
      const number =
        typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
      if (!Number.isFinite(number)) {
        warn(path, 'unreadable_value', `${JSON.stringify(value) ?? 'nothing'} is no number: ${fallback} is taken`.slice(0, 200));
        return fallback;
      }
      if (number >= least && number <= most) return number;
      const bounded = Math.max(least, Math.min(most, number));
      warn(path, 'out_of_range', `${number} is outside ${least} to ${most}: ${bounded} is taken`);
      return bounded;
    },
  };
};
