import type { IdSource, WebhookSecretStore } from '@polyreel/core';
import { generateWebhookSecret } from './secrets.ts';

export interface AccountSecretsDeps {
  readonly store: WebhookSecretStore;
  readonly ids: IdSource;
  /** `context` binds the sealed text to its account. */
  seal(secret: string, context: string): string;
  open(sealed: string, context: string): string;
}

/** The secrets that sign an account's callbacks, made when they are first needed. */
export interface AccountSecrets {
  /** `whsec_...`, newest first, never empty. */
  current(accountId: string): Promise<readonly string[]>;
  /** The new secret. The one before signs on for `overlapSeconds` where a scheme can carry two. */
  rotate(accountId: string, options: { overlapSeconds: number }): Promise<string>;
}

/** The words under which an account's webhook secrets are sealed: whoever seals or opens one must use these. */
export const webhookSecretContext = (accountId: string): string => `webhook-secret:${accountId}`;

export function createAccountSecrets({ store, ids, seal, open }: AccountSecretsDeps): AccountSecrets {
  return {
    async current(accountId) {
      const context = webhookSecretContext(accountId);
      const known = await store.current(accountId);
      const sealed =
        known.length > 0
          ? known
          : await store.ensure({ id: ids.next('secret'), accountId, sealed: seal(generateWebhookSecret(), context) });
      return sealed.map((text) => open(text, context));
    },
    async rotate(accountId, { overlapSeconds }) {
      const secret = generateWebhookSecret();
      await store.rotate({
        id: ids.next('secret'),
        accountId,
        sealed: seal(secret, webhookSecretContext(accountId)),
        overlapSeconds,
      });
      return secret;
    },
  };
}
