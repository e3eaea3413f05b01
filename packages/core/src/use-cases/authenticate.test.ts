import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Principal } from '../ports/accounts.ts';
import { createAuthenticator } from './authenticate.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const principal: Principal = { accountId: 'usr_1', keyId: 'key_1', role: 'member', surfaces: ['one'] };

function build() {
  const state = { found: new Map<string, Principal>([[sha256('good'), principal]]), lookups: 0, nowMs: 0, isListening: true };
  const authenticator = createAuthenticator({
    accounts: {
      findPrincipalBySha256: async (hash) => {
        state.lookups += 1;
        return state.found.get(hash) ?? null;
      },
    },
    clock: { now: () => new Date(state.nowMs) },
    sha256,
    isListening: () => state.isListening,
    onUse: () => undefined,
  });
  return { state, authenticator };
}

test('knows a key on its surfaces only', async () => {
  const { authenticator } = build();
  expect(await authenticator.authenticate('good', 'one')).toStrictEqual(principal);
  expect(await authenticator.authenticate('good', 'two')).toBeNull();
  expect(await authenticator.authenticate('bad', 'one')).toBeNull();
  expect(await authenticator.authenticate('x'.repeat(600), 'one')).toBeNull();
});

test('remembers a key for a second, and not at all while announcements are down', async () => {
  const { state, authenticator } = build();
  await authenticator.authenticate('good', 'one');
  await authenticator.authenticate('good', 'one');
  expect(state.lookups).toBe(1);
  state.nowMs = 1001;
  await authenticator.authenticate('good', 'one');
  expect(state.lookups).toBe(2);
  state.isListening = false;
  await authenticator.authenticate('good', 'one');
  expect(state.lookups).toBe(3);
});

test('a revoked key is dead after its announcement', async () => {
  const { state, authenticator } = build();
  await authenticator.authenticate('good', 'one');
  state.found.clear();
  authenticator.forgetAll();
  expect(await authenticator.authenticate('good', 'one')).toBeNull();
});

test('an unknown key is never remembered: it works as soon as it exists', async () => {
  const { state, authenticator } = build();
  expect(await authenticator.authenticate('new', 'one')).toBeNull();
  state.found.set(sha256('new'), principal);
  expect(await authenticator.authenticate('new', 'one')).toStrictEqual(principal);
});
