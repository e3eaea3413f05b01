import { generateKeyText } from '@polyreel/core';
import { z } from 'zod';
import type { Call } from '../call.ts';
import { invalidRequest, notFound } from '../errors.ts';
import { toApiKey } from '../from-account.ts';
import { method } from '../method.ts';
import { id, page } from '../schemas.ts';

const liveKeysMax = 50;
/** Beside the live ones, so that every key can be rotated. */
const keysInGraceMax = 50;
const shownPrefixLength = 12;

/** A fresh key: its text, which is told once, and what is stored of it. */
function mint({ deps }: Pick<Call, 'deps'>) {
  const plaintext = generateKeyText(deps.randomBytes);
  const stored = {
    id: deps.ids.next('key'),
    sha256: deps.sha256(plaintext),
    prefix: plaintext.slice(0, shownPrefixLength),
    lastFour: plaintext.slice(-4),
  };
  return { plaintext, stored };
}

export const apiKeyMethods = [
  method(
    'apikey.create',
    'user',
    z.strictObject({ name: z.string().trim().min(1).max(64), expires_at: z.iso.datetime({ offset: true }).optional() }),
    async (call, input) => {
      const { deps, caller, effect } = call;
      const expiresAt = input.expires_at === undefined ? null : new Date(input.expires_at);
      if (expiresAt !== null && expiresAt <= deps.clock.now())
        throw invalidRequest([{ path: 'expires_at', code: 'in_the_past', message: 'lies in the past' }]);
      const { plaintext, stored } = mint(call);
      const key = await effect(stored.id, (audit) =>
        deps.apiKeys.create({
          ...{ accountId: caller.accountId, name: input.name, key: stored, expiresAt, liveMax: liveKeysMax, audit },
        }),
      );
      return { id: key.id, api_key: { ...toApiKey(key), plaintext } };
    },
  ),
  method(
    'apikey.list',
    'user',
    z.strictObject(page),
    async ({ deps, caller }, input) => {
      const { keys, hasMore } = await deps.apiKeys.list({
        ...{ accountId: caller.accountId, limit: input.limit },
        ...(input.cursor !== undefined && { afterId: input.cursor }),
      });
      return { api_keys: keys.map(toApiKey), next_cursor: hasMore ? (keys.at(-1)?.id ?? null) : null, has_more: hasMore };
    },
    { isRead: true },
  ),
  method('apikey.revoke', 'user', z.strictObject({ id }), async ({ deps, caller, effect, about }, input) => {
    about(input.id);
    const before = await effect(
      input.id,
      (audit) => deps.apiKeys.revoke({ accountId: caller.accountId, id: input.id, audit }),
      (result) => result?.isChanged === true,
    );
    if (before === null) throw notFound('api_key');
    // This process forgets the key before anybody is told, the others as soon as they hear of it.
    deps.authenticator.forgetAll();
    return { id: before.key.id, api_key: toApiKey(before.key) };
  }),
  method(
    'apikey.rotate',
    'user',
    z.strictObject({ id, grace_seconds: z.int().min(0).max(2_592_000).optional() }),
    async (call, input) => {
      const { deps, settings, caller, effect } = call;
      const { plaintext, stored } = mint(call);
      const graceSeconds = input.grace_seconds ?? settings.VIDGENIE_KEY_ROTATION_GRACE;
      const rotated = await effect(
        input.id,
        (audit) =>
          deps.apiKeys.rotate({
            ...{ accountId: caller.accountId, id: input.id, key: stored, graceSeconds, audit },
            liveMax: liveKeysMax + keysInGraceMax,
          }),
        (result) => result !== null,
      );
      if (rotated === null) throw notFound('api_key');
      deps.authenticator.forgetAll();
      return {
        id: rotated.fresh.id,
        api_key: { ...toApiKey(rotated.fresh), plaintext },
        replaced: toApiKey(rotated.old),
        grace_seconds: graceSeconds,
      };
    },
  ),
];
