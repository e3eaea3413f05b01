import { lookup as systemLookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { isPublicAddress, normaliseHost } from './address-rules.ts';
import { plainFault } from './errors.ts';
import type { OutboundAllow } from './outbound-allow.ts';

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** All addresses of a name. Injected in tests; the default asks the operating system. */
export type ResolveHost = (hostname: string) => Promise<readonly ResolvedAddress[]>;

export const resolveBySystem: ResolveHost = (hostname) => systemLookup(hostname, { all: true, verbatim: true });

export interface Guard {
  readonly allow: OutboundAllow;
  readonly resolve: ResolveHost;
}

/**
 * The addresses that may be connected to for a host. One forbidden address condemns the host: a mixed answer is an attack or a slip,
 * and which address a later connection takes is chance. Throws DomainError `address_forbidden`, `dns_failed`.
 */
export const resolveGuarded = async (guard: Guard, hostname: string, port: number): Promise<readonly ResolvedAddress[]> => {
  const host = normaliseHost(hostname);
  const family = isIP(host);
  const addresses = family === 0 ? await guard.resolve(host) : [{ address: host, family }];
  if (addresses.length === 0) throw plainFault('dns_failed');
  const isAllowed = ({ address }: ResolvedAddress): boolean =>
    isIP(address) !== 0 &&
    (isPublicAddress(address) || guard.allow.allowsHost(host, port) || guard.allow.allowsAddress(address, port));
  if (!addresses.every(isAllowed)) throw plainFault('address_forbidden');
  return addresses;
};

/** A look-up for `net.connect` that answers with addresses already checked: nothing is asked a second time. */
export const fixedLookup =
  (addresses: readonly ResolvedAddress[]): LookupFunction =>
  (_hostname, options, callback) => {
    const wanted = Number(options.family ?? 0);
    const fitting = addresses.filter(({ family }) => wanted === 0 || family === wanted);
    const [first] = fitting;
    if (first === undefined) callback(Object.assign(new Error('no address of that family'), { code: 'ENOTFOUND' }), '', 0);
    else if (options.all === true) callback(null, [...fitting]);
    else callback(null, first.address, first.family);
  };

/** undici's connector to addresses already checked. The certificate is checked against the host's name, whatever address is taken. */
export const buildCheckedConnector = (addresses: readonly ResolvedAddress[], timeoutMs: number): buildConnector.connector => {
  const settings = { timeout: timeoutMs, allowH2: false, rejectUnauthorized: true, lookup: fixedLookup(addresses) };
  return buildConnector({ ...settings, autoSelectFamily: true, autoSelectFamilyAttemptTimeout: 250 });
};
