import type { JobView } from '@polyreel/core';
import { z } from 'zod';
import { badParameters } from './errors.ts';

export interface HistoryQuery {
  readonly limit: number;
  readonly offset: number;
  /** True: the caller counts in pages. */
  readonly isPaged: boolean;
}

const limitMax = 100;
const offsetMax = 1_000_000_000;
const querySchema = z.record(z.string(), z.union([z.string(), z.array(z.string())]));

/** Throws 400 with every bad number. */
export function parseHistoryQuery(raw: unknown): HistoryQuery {
  const query = querySchema.parse(raw);
  const faults: string[] = [];
  const read = (name: string, fallback: number, min: number, max: number): number => {
    const text = query[name];
    if (text === undefined || text === '') return fallback;
    const value = typeof text === 'string' && /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    faults.push(
      max === offsetMax
        ? `${name} must be an integer of at least ${min}`
        : `${name} must be an integer between ${min} and ${max}`,
    );
    return fallback;
  };
  const limit = read('limit', 20, 1, limitMax);
  const offset = read('offset', 0, 0, offsetMax);
  const page = read('page', 1, 1, offsetMax);
  const isPaged = Boolean(query.page);
  if (isPaged && query.offset) faults.push('offset and page cannot be given together');
  const start = isPaged ? (page - 1) * limit : offset;
  if (start > offsetMax) faults.push(`page must not lead beyond job ${offsetMax}`);
  if (faults.length > 0) throw badParameters(faults);
  return { limit, offset: start, isPaged };
}

/** `Link` of a page, or null where it is the only one. */
export function historyLinks(
  query: HistoryQuery,
  page: { jobs: readonly JobView[]; hasMore: boolean },
  url: string,
): string | null {
  const link = (offset: number, relation: string): string => {
    const place = query.isPaged ? `page=${Math.floor(offset / query.limit) + 1}` : `offset=${offset}`;
    return `<${url}?limit=${query.limit}&${place}>; rel="${relation}"`;
  };
  const links = [
    ...(page.hasMore ? [link(query.offset + query.limit, 'next')] : []),
    ...(query.offset > 0 ? [link(Math.max(0, query.offset - query.limit), 'prev')] : []),
  ];
  return links.length > 0 ? links.join(', ') : null;
}
