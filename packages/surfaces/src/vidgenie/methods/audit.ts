import { z } from 'zod';
import { method } from '../method.ts';
import { cursor, id, limit } from '../schemas.ts';

const time = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

export const auditMethods = [
  method(
    'audit.list',
    'user',
    z.strictObject({
      limit,
      cursor: cursor.optional(),
      action: z.string().min(1).max(64).optional(),
      /** A key's id, or the kind of credential. */
      actor: id.optional(),
      since: time.optional(),
      until: time.optional(),
    }),
    async ({ deps, caller }, { actor, ...input }) => {
      const credential = actor === 'api_key' || actor === 'access_token' ? actor : undefined;
      const page = await deps.audit.list({
        accountId: caller.accountId,
        limit: input.limit,
        ...(credential !== undefined && { credential }),
        ...(actor !== undefined && credential === undefined && { keyId: actor }),
        ...(input.action !== undefined && { action: input.action }),
        ...(input.since !== undefined && { since: input.since }),
        ...(input.until !== undefined && { until: input.until }),
        ...(input.cursor !== undefined && { cursor: input.cursor }),
      });
      const entries = page.entries.map((entry) => ({
        id: entry.id,
        at: entry.at.toISOString(),
        actor: { account_id: entry.accountId, credential: entry.credential, key_id: entry.keyId, key_name: entry.keyName },
        surface: entry.surface,
        action: entry.action,
        target: entry.target,
        ip: entry.ip,
        user_agent: entry.userAgent,
        status: entry.status,
        request_id: entry.requestId,
      }));
      return { entries, next_cursor: page.next, has_more: page.hasMore };
    },
    { isRead: true },
  ),
];
