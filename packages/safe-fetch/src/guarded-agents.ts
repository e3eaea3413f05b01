import * as http from 'node:http';
import * as https from 'node:https';
import { type Duplex, PassThrough } from 'node:stream';
import { plainFault } from './errors.ts';
import { fixedLookup, type Guard, type ResolveHost, resolveBySystem, resolveGuarded } from './guarded-connect.ts';
import { parseOutboundAllow } from './outbound-allow.ts';

export interface GuardedAgents {
  readonly httpAgent: http.Agent;
  readonly httpsAgent: https.Agent;
}

/**
 * Agents for a client library that must reach a place named by a user (an SDK for a caller's own S3, for one): every connection is
 * resolved, checked and made as `createSafeFetch` does. The library must not follow redirects to other agents.
 */
export const createGuardedAgents = (options: { allow: readonly string[]; resolve?: ResolveHost }): GuardedAgents => {
  const guard: Guard = { allow: parseOutboundAllow(options.allow), resolve: options.resolve ?? resolveBySystem };
  return { httpAgent: new GuardedHttpAgent(guard), httpsAgent: new GuardedHttpsAgent(guard) };
};

type Connected = (error: Error | null, stream: Duplex) => void;

class GuardedHttpAgent extends http.Agent {
  readonly #guard: Guard;

  constructor(guard: Guard) {
    super({ keepAlive: true });
    this.#guard = guard;
  }

  override createConnection(options: http.ClientRequestArgs, callback?: Connected): undefined {
    connectChecked(this.#guard, options, 80, callback, (checked) => super.createConnection(checked));
  }
}

class GuardedHttpsAgent extends https.Agent {
  readonly #guard: Guard;

  constructor(guard: Guard) {
    super({ keepAlive: true, rejectUnauthorized: true });
    this.#guard = guard;
  }

  override createConnection(options: https.RequestOptions, callback?: Connected): undefined {
    connectChecked(this.#guard, options, 443, callback, (checked) => super.createConnection(checked));
  }
}

/** Resolves and checks, then connects with a look-up that knows the answer. Node skips the look-up for a literal, the check does not. */
const connectChecked = <T extends http.ClientRequestArgs>(
  guard: Guard,
  options: T,
  defaultPort: number,
  callback: Connected | undefined,
  connect: (options: T) => Duplex | null | undefined,
): void => {
  const host = options.host ?? options.hostname ?? 'localhost';
  const port = Number(options.port ?? defaultPort);
  const work = async (): Promise<Duplex> => {
    if (options.socketPath !== undefined && options.socketPath !== null) throw plainFault('address_forbidden');
    const addresses = await resolveGuarded(guard, host, port);
    const socket = connect({ ...options, lookup: fixedLookup(addresses) });
    if (socket === null || socket === undefined) throw plainFault('network_error');
    return socket;
  };
  work().then(
    (socket) => callback?.(null, socket),
    (error: unknown) => callback?.(error instanceof Error ? error : plainFault('network_error', error), new PassThrough()),
  );
};
