import { AsyncLocalStorage } from 'node:async_hooks';
import { type ApiKeyStore, type Authenticator, type CallTrail, maskSecrets, type Principal } from '@polyreel/core';

/** A request, as the audit tells of it. */
export interface CallFacts {
  readonly surface: string;
  readonly ip: string;
  readonly userAgent: string | null;
  readonly requestId: string;
}

export interface Calls {
  /** Everything that `work` sets off belongs to the call. */
  run(facts: CallFacts, work: () => void): void;
  /** The authenticator given; whoever is known by it makes the call. */
  watch(authenticator: Authenticator): Authenticator;
  /** Rows of the call in hand. Their status is null: the change stands, whatever the API answers to it. */
  readonly trail: CallTrail;
}

/** Keys are never renamed. */
const namesRemembered = 10_000;

/** Who makes the change that is going on, without every function in between handing it on. */
export function createCalls({ apiKeys }: { apiKeys: Pick<ApiKeyStore, 'nameOf'> }): Calls {
  const calls = new AsyncLocalStorage<CallFacts & { caller: Principal | null }>();
  const names = new Map<string, string | null>();
  const nameOf = async (keyId: string): Promise<string | null> => {
    const known = names.get(keyId);
    if (known !== undefined) return known;
    const name = await apiKeys.nameOf(keyId);
    if (names.size >= namesRemembered) names.clear();
    names.set(keyId, name);
    return name;
  };
  return {
    run: (facts, work) => calls.run({ ...facts, caller: null }, work),
    watch: (authenticator) => ({
      ...authenticator,
      async authenticate(keyText, surface) {
        const principal = await authenticator.authenticate(keyText, surface);
        const call = calls.getStore();
        if (call !== undefined) call.caller = principal;
        return principal;
      },
    }),
    trail: {
      async entry(action, target) {
        const call = calls.getStore();
        if (call === undefined || call.caller === null) return null;
        const { accountId, keyId } = call.caller;
        return {
          ...{ accountId, credential: 'api_key', keyId, keyName: await nameOf(keyId) },
          ...{ surface: call.surface, action, target, ip: call.ip, status: null },
          userAgent: call.userAgent === null ? null : maskSecrets(call.userAgent),
          requestId: maskSecrets(call.requestId),
        };
      },
    },
  };
}
