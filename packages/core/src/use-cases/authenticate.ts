import type { AccountStore, Principal } from '../ports/accounts.ts';
import type { Clock } from '../ids.ts';

export interface AuthenticatorDeps {
  readonly accounts: Pick<AccountStore, 'findPrincipalBySha256'>;
  readonly clock: Clock;
  /** Lower-case hex SHA-256 of a key's text. */
  sha256(text: string): string;
  /** True while changes of keys reach this process; without them nothing is remembered. */
  isListening(): boolean;
  onUse(keyId: string): void;
}

/** Longest accepted key; longer texts are refused unread. */
const maxKeyLength = 512;
const maxRemembered = 10_000;
/** A revoked key is dead everywhere within this time even if its announcement is lost. */
const rememberMs = 1000;

/**
 * Key text -> principal, or null for unknown, revoked and foreign-surface keys alike. Principals are remembered for at most a
 * second and forgotten at once when a change of keys is announced.
 */
export interface Authenticator {
  authenticate(keyText: string, surface: string): Promise<Principal | null>;
  forgetAll(): void;
}

export function createAuthenticator(deps: AuthenticatorDeps): Authenticator {
  const remembered = new Map<string, { principal: Promise<Principal | null>; until: number }>();
  const lookUp = (sha256: string): Promise<Principal | null> => {
    const now = deps.clock.now().getTime();
    const known = remembered.get(sha256);
    if (known && known.until > now && deps.isListening()) return known.principal;
    const principal = deps.accounts.findPrincipalBySha256(sha256);
    if (remembered.size >= maxRemembered) remembered.clear();
    remembered.set(sha256, { principal, until: now + rememberMs });
    principal.then((found) => found === null && remembered.delete(sha256)).catch(() => remembered.delete(sha256));
    return principal;
  };
  return {
    async authenticate(keyText, surface) {
      if (keyText.length === 0 || keyText.length > maxKeyLength) return null;
      const principal = await lookUp(deps.sha256(keyText));
      if (!principal) return null;
      if (principal.surfaces && !principal.surfaces.includes(surface)) return null;
      deps.onUse(principal.keyId);
      return principal;
    },
    forgetAll: () => remembered.clear(),
  };
}
