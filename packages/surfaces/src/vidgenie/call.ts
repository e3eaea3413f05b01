import { maskSecrets, type NewAuditEntry, type Principal } from '@polyreel/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { SurfaceDeps } from '../surface.ts';
import { fault } from './errors.ts';
import type { Settings } from './schemas.ts';

export const surfaceName = 'vidgenie';
export const accessTokenPrefix = 'vg_at_';

export type Caller = { readonly accountId: string } & (
  | ({ readonly credential: 'api_key'; readonly keyId: string; readonly tokenId: null } & Pick<Principal, 'safety'>)
  | { readonly credential: 'access_token'; readonly keyId: null; readonly tokenId: string }
);

/** Who may call a method. `user`: a person with an access token. `any`: that, or an API key. */
export type Access = 'public' | 'user' | 'any';

/** One call of a method, known to be allowed. */
export interface Call {
  readonly deps: SurfaceDeps;
  readonly settings: Settings;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly method: string;
  /** Only public methods are called without. */
  readonly caller: Caller;
  /**
   * Runs a change with the audit row that it writes in its own transaction. `isWritten` tells from the result whether it did; a call
   * that wrote none gets its row before its answer.
   */
  effect<T>(target: string | null, change: (audit: NewAuditEntry) => Promise<T>, isWritten?: (result: T) => boolean): Promise<T>;
  /** What the call was about, for its audit row. */
  about(target: string): void;
  /** The call's row is there: an effect of several changes goes on without one. */
  isAudited(): boolean;
}

/** A public method's call: nobody is known. */
export type PublicCall = Omit<Call, 'caller' | 'effect' | 'about' | 'isAudited'>;

const bearerOf = (request: FastifyRequest): string | null =>
  /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1] ?? null;

const keyOf = (request: FastifyRequest): string | null => [request.headers['x-api-key']].flat()[0]?.trim() || null;

/**
 * The caller of a method that is not public. An API key decides on methods for both credentials, the bearer token elsewhere; a key in the
 * bearer's place is taken as what it is. `isAllowed` false: a known caller with the wrong kind of credential.
 */
export async function authenticate(
  request: FastifyRequest,
  deps: Pick<SurfaceDeps, 'authenticator' | 'users' | 'sha256'>,
  access: 'user' | 'any',
): Promise<{ caller: Caller; isAllowed: boolean }> {
  const [key, bearer] = [keyOf(request), bearerOf(request)];
  const text = access === 'any' ? (key ?? bearer) : (bearer ?? key);
  if (text === null) {
    const wanted = access === 'any' ? 'an API key in x-api-key' : 'an access token of account.login in Authorization: Bearer';
    throw fault(401, 'unauthenticated', `This method needs ${wanted}`);
  }
  const isToken = text === bearer && text.startsWith(accessTokenPrefix);
  const caller = isToken ? await callerOfToken(text, deps) : await callerOfKey(text, deps);
  return { caller, isAllowed: access === 'any' || caller.credential === 'access_token' };
}

async function callerOfKey(text: string, deps: Pick<SurfaceDeps, 'authenticator'>): Promise<Caller> {
  const principal = await deps.authenticator.authenticate(text, surfaceName);
  if (principal === null) throw fault(401, 'invalid_api_key', 'The API key is unknown, revoked or expired');
  const { accountId, keyId, safety } = principal;
  return { credential: 'api_key', accountId, keyId, tokenId: null, ...(safety !== undefined && { safety }) };
}

async function callerOfToken(text: string, deps: Pick<SurfaceDeps, 'users' | 'sha256'>): Promise<Caller> {
  const found = await deps.users.findBearer(deps.sha256(text));
  if (found.outcome === 'expired') throw fault(401, 'access_token_expired', 'The access token has expired; log in again');
  if (found.outcome === 'disabled') throw fault(403, 'account_disabled', 'The account is disabled');
  if (found.outcome !== 'live') throw fault(401, 'invalid_access_token', 'The access token is unknown or revoked');
  const { accountId, tokenId } = found.bearer;
  return { credential: 'access_token', accountId, keyId: null, tokenId };
}

/** The row of a call; `status` of an effect is that of success. */
export async function auditEntry(
  call: { deps: SurfaceDeps; request: FastifyRequest; reply: FastifyReply; method: string; caller: Caller },
  result: { target: string | null; status: number },
): Promise<NewAuditEntry> {
  const { caller, request } = call;
  return {
    accountId: caller.accountId,
    credential: caller.credential,
    keyId: caller.keyId,
    keyName: caller.keyId === null ? null : await nameOfKey(call.deps, caller.keyId),
    surface: surfaceName,
    action: call.method,
    target: result.target !== null && idForm.test(result.target) ? result.target : null,
    ip: request.ip,
    userAgent: maskSecrets(request.headers['user-agent'] ?? '') || null,
    status: result.status,
    requestId: maskSecrets(requestIdOf(request)),
  };
}

/** Whatever else stands in the place of an id may be a secret that was put there by mistake. */
const idForm = /^[a-z]{2,8}_[0-9a-z]{1,60}$/;

/** Keys are never renamed. */
const namesRemembered = 10_000;
const names = new WeakMap<object, Map<string, string | null>>();

async function nameOfKey(deps: SurfaceDeps, keyId: string): Promise<string | null> {
  const known = names.get(deps.apiKeys) ?? new Map<string, string | null>();
  names.set(deps.apiKeys, known);
  const name = known.get(keyId);
  if (name !== undefined) return name;
  const found = await deps.apiKeys.nameOf(keyId);
  if (known.size >= namesRemembered) known.clear();
  known.set(keyId, found);
  return found;
}

/** The caller's own id of a request, else ours in this surface's form. */
export const requestIdOf = (request: FastifyRequest): string =>
  [request.headers['x-request-id']].flat()[0] === request.id ? request.id : `req_${request.id.replaceAll('-', '')}`;
