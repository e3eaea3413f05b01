import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createIdSource } from '../ids.ts';
import type { AccountStore } from '../ports/accounts.ts';
import { createKeyMinter, generateKeyText } from './mint-key.ts';

type Stored = Parameters<AccountStore['createKey']>[0];

function openMinter() {
  const stored: Stored[] = [];
  const minter = createKeyMinter({
    accounts: {
      createKey: async (key) => {
        stored.push(key);
        const { sha256: _hidden, ...row } = key;
        return { ...row, createdAt: new Date(0), lastUsedAt: null, revokedAt: null };
      },
    },
    ids: createIdSource({ now: () => new Date(0) }, randomBytes),
    randomBytes,
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
  });
  return { minter, stored };
}

const owner = { accountId: 'usr_1', name: 'first', surfaces: null };

describe('minting a key', () => {
  it('gives vg_live_ and 43 base62 characters, and stores only its hash, prefix and last four', async () => {
    const { minter, stored } = openMinter();
    const { text } = await minter.mint(owner);
    expect(text).toMatch(/^vg_live_[0-9A-Za-z]{43}$/);
    expect(stored).toEqual([
      {
        ...owner,
        id: expect.stringMatching(/^key_/),
        prefix: 'vg_live_',
        lastFour: text.slice(-4),
        sha256: createHash('sha256').update(text).digest('hex'),
      },
    ]);
  });

  it('uses every character equally often', () => {
    const counts = new Map<string, number>();
    for (let round = 0; round < 1000; round += 1) {
      for (const character of generateKeyText(randomBytes).slice(8)) counts.set(character, (counts.get(character) ?? 0) + 1);
    }
    expect(counts.size).toBe(62);
    // 43,000 draws, 693 each: five standard deviations are 130.
    expect(Math.min(...counts.values())).toBeGreaterThan(560);
    expect(Math.max(...counts.values())).toBeLessThan(826);
  });
});

describe('adopting a key made elsewhere', () => {
  it('takes any form of at least 20 characters and shows its first and last four', async () => {
    const { minter, stored } = openMinter();
    await minter.adopt(owner, 'vivid-api-key-0a1b2c3d-4e5f');
    expect(stored[0]).toMatchObject({ prefix: 'vivi', lastFour: '4e5f' });
  });

  it.each(['short', 'x'.repeat(19), 'x'.repeat(513), `${'x'.repeat(30)} y`, `${'x'.repeat(30)}\n`, 'ключ-ключ-ключ-ключ-ключ'])(
    'refuses %j',
    async (text) => {
      await expect(openMinter().minter.adopt(owner, text)).rejects.toMatchObject({ kind: 'invalid_request' });
    },
  );
});
