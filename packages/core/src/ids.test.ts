import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createIdSource, idPrefixes } from './ids.ts';

test('ids have their prefix and 26 sortable characters', () => {
  let now = Date.UTC(2026, 10, 21);
  const tick = (): Date => {
    now += 1;
    return new Date(now);
  };
  const ids = createIdSource({ now: tick }, randomBytes);
  const made = Array.from({ length: 200 }, () => ids.next('job'));
  for (const id of made) expect(id).toMatch(/^job_[0-9a-hjkmnp-tv-z]{26}$/);
  expect(made.toSorted()).toStrictEqual(made);
  expect(new Set(made).size).toBe(200);
});

test('no two kinds share a prefix', () => {
  expect(new Set(Object.values(idPrefixes)).size).toBe(Object.keys(idPrefixes).length);
});
