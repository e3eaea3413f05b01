import { DomainError, type EndpointStore, type IdSource } from '@polyreel/core';
import { generateWebhookSecret, readSecretBytes } from './secrets.ts';

export interface EndpointSecretsDeps {
  readonly store: Pick<EndpointStore, 'secrets'>;
  readonly ids: IdSource;
  /** `context` binds the sealed text to its endpoint. */
  seal(secret: string, context: string): string;
  open(sealed: string, context: string): string;
}

/** A secret in the clear, for its owner, and as it is stored. */
export interface NewSecret {
  readonly text: string;
  readonly stored: { readonly id: string; readonly sealed: string };
}

/** Secrets of subscriptions. */
export interface EndpointSecrets {
  /** A fresh one, or the owner's own: `whsec_` and base64 of 24 to 64 bytes, else DomainError `invalid_request`. */
  make(endpointId: string, own?: string): NewSecret;
  /** `whsec_...`, newest first. */
  current(endpointId: string): Promise<readonly string[]>;
}

const contextOf = (endpointId: string): string => `endpoint-secret:${endpointId}`;

export function createEndpointSecrets({ store, ids, seal, open }: EndpointSecretsDeps): EndpointSecrets {
  return {
    make(endpointId, own) {
      if (own !== undefined) refuseMalformed(own);
      const text = own ?? generateWebhookSecret();
      return { text, stored: { id: ids.next('secret'), sealed: seal(text, contextOf(endpointId)) } };
    },
    current: async (endpointId) => (await store.secrets(endpointId)).map((text) => open(text, contextOf(endpointId))),
  };
}

function refuseMalformed(secret: string): void {
  try {
    readSecretBytes(secret);
  } catch (cause) {
    throw new DomainError('invalid_request', 'a webhook secret is whsec_ and the base64 form of 24 to 64 bytes', {
      code: 'invalid_secret',
      cause,
    });
  }
}
