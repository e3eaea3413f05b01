import type { WebhookSecretStore } from '@polyreel/core';
import { describe, expect, it } from 'vitest';
import { createAccountSecrets, readSecretBytes, webhookSecretContext } from './index.ts';

function openSecrets() {
  const rows = new Map<string, string[]>();
  const store: WebhookSecretStore = {
    current: async (accountId) => rows.get(accountId) ?? [],
    rotate: async ({ accountId, sealed, overlapSeconds }) => {
      rows.set(accountId, [sealed, ...(overlapSeconds > 0 ? (rows.get(accountId) ?? []).slice(0, 1) : [])]);
    },
    ensure: async ({ accountId, sealed }) => {
      const current = rows.get(accountId) ?? [sealed];
      rows.set(accountId, current);
      return current;
    },
  };
  const secrets = createAccountSecrets({
    store,
    ids: { next: (kind) => `${kind}_1` },
    seal: (text, context) => `${context}|${text}`,
    open: (sealed, context) => {
      if (!sealed.startsWith(`${context}|`)) throw new Error(`sealed for another place than ${context}`);
      return sealed.slice(context.length + 1);
    },
  });
  return { rows, secrets };
}

describe('the secrets of an account', () => {
  it('are made when first needed, once however many ask, and kept', async () => {
    const { rows, secrets } = openSecrets();
    const answers = await Promise.all(Array.from({ length: 5 }, () => secrets.current('usr_1')));
    expect(new Set(answers.flat()).size).toBe(1);
    expect(readSecretBytes(answers[0]?.[0] ?? '')).toHaveLength(32);
    expect(await secrets.current('usr_1')).toEqual(answers[0]);
    expect(await secrets.current('usr_2')).not.toEqual(answers[0]);
    expect(rows.get('usr_1')?.[0]?.startsWith(`${webhookSecretContext('usr_1')}|`)).toBe(true);
  });

  it('sign side by side during an overlap, newest first, and alone without one', async () => {
    const { secrets } = openSecrets();
    const [first] = await secrets.current('usr_1');
    const second = await secrets.rotate('usr_1', { overlapSeconds: 60 });
    expect(await secrets.current('usr_1')).toEqual([second, first]);
    const third = await secrets.rotate('usr_1', { overlapSeconds: 0 });
    expect(await secrets.current('usr_1')).toEqual([third]);
  });

  it('do not open for another account', async () => {
    const { rows, secrets } = openSecrets();
    await secrets.current('usr_1');
    rows.set('usr_2', rows.get('usr_1') ?? []);
    await expect(secrets.current('usr_2')).rejects.toThrow(/another place/);
  });
});
