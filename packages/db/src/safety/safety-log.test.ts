import type { SafetyDecisionRow } from '@polyreel/core/safety';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testIds } from '../../test/factories.ts';
import { type OpenTestDatabase, openTestDatabase } from '../../test/open-test-database.ts';
import { createSafetyLog } from './safety-log.ts';

let db: OpenTestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.drop());

const row = (changes: Partial<SafetyDecisionRow> = {}): SafetyDecisionRow => ({
  ...{ accountId: 'usr_1', keyId: 'key_1', surface: 'one', jobId: null, phase: 'before', outcome: 'blocked', isChecked: true },
  ...{ categories: ['sexual', 'minors'], place: 'scenes[0].prompt', contentHash: 'ab', content: null },
  stages: [{ name: 'rules', end: 'judged' }],
  ...changes,
});

describe('the log of decisions', () => {
  it('gives back what was written, newest first, by account and outcome', async () => {
    const log = createSafetyLog(db.sql, testIds);
    await log.append([row(), row({ accountId: 'usr_2', outcome: 'allowed', isChecked: false, categories: [] })]);
    await log.append([row({ phase: 'after', jobId: 'job_1', outcome: 'unavailable', content: 'a text' })]);
    await log.append([]);
    expect(await log.list({ accountId: 'usr_1', limit: 10 })).toMatchObject([
      row({ phase: 'after', jobId: 'job_1', outcome: 'unavailable', content: 'a text' }),
      row(),
    ]);
    expect(await log.list({ accountId: null, limit: 10, outcome: 'allowed' })).toMatchObject([
      { accountId: 'usr_2', isChecked: false },
    ]);
    expect(await log.list({ accountId: null, limit: 1 })).toHaveLength(1);
  });

  it('lets old rows go', async () => {
    const log = createSafetyLog(db.sql, testIds);
    await log.append([row({ accountId: 'usr_old' })]);
    await db.sql.run({ text: `UPDATE safety_decisions SET at = now() - interval '40 days' WHERE account_id = 'usr_old'` });
    expect(await log.removeOlderThan(39)).toBe(1);
    expect(await log.list({ accountId: 'usr_old', limit: 1 })).toEqual([]);
  });
});

describe("a key's safety policy", () => {
  it('comes with the principal, is announced, and goes again', async () => {
    const { keyId } = await db.addAccount(7);
    const find = () => db.accounts.findPrincipalBySha256('7'.padStart(64, '0'));
    const announced: string[] = [];
    await db.listen('keys', (change) => announced.push(change?.id ?? ''));
    expect(await find()).not.toHaveProperty('safety');
    const policy = { thresholds: { violence: 'medium' }, allow: ['naked gun'], block: [] } as const;
    expect(await db.accounts.writeSafetyPolicy(keyId, { ...policy, allow: [...policy.allow], block: [] })).toBe(true);
    expect((await find())?.safety).toEqual(policy);
    expect(await db.accounts.readSafetyPolicy(keyId)).toEqual(policy);
    await expect.poll(() => announced, { timeout: 30_000 }).toContain(keyId);
    expect(await db.accounts.writeSafetyPolicy(keyId, null)).toBe(true);
    expect(await find()).not.toHaveProperty('safety');
    expect(await db.accounts.writeSafetyPolicy('key_nobody', null)).toBe(false);
  });

  it('that cannot be read is an error, never the default', async () => {
    const { keyId } = await db.addAccount(8);
    await db.sql.run({
      text: `UPDATE api_keys SET policies = '{"safety":{"thresholds":{"minors":"off"}}}' WHERE id = $1`,
      values: [keyId],
    });
    await expect(db.accounts.findPrincipalBySha256('8'.padStart(64, '0'))).rejects.toMatchObject({ kind: 'internal' });
  });
});
