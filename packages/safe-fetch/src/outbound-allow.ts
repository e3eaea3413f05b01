import ipaddr from 'ipaddr.js';
import { normaliseHost } from './address-rules.ts';

/** What the operator exempts from the guard against private addresses. It relaxes nothing else. */
export interface OutboundAllow {
  /** Whether this address may be connected to at this port, because the entry names it or its network. */
  allowsAddress(address: string, port: number): boolean;
  /** Whether an entry names this host and port: then every address of the host is allowed. */
  allowsHost(hostname: string, port: number): boolean;
}

/** Reads `host:port` and CIDR entries. Throws on an entry that is neither, so that a slip stops the boot. */
export const parseOutboundAllow = (entries: readonly string[]): OutboundAllow => {
  const networks: [ipaddr.IPv4 | ipaddr.IPv6, number][] = [];
  const hosts = new Set<string>();
  for (const entry of entries) {
    if (ipaddr.isValidCIDR(entry)) networks.push(ipaddr.parseCIDR(entry));
    else hosts.add(readHostEntry(entry));
  }
  return {
    allowsHost: (hostname, port) => hosts.has(hostKey(hostname, port)),
    allowsAddress(address, port) {
      if (!ipaddr.isValid(address) || address.includes('%')) return false;
      const parsed = ipaddr.process(address);
      return hosts.has(hostKey(parsed.toString(), port)) || networks.some(([network, bits]) => isInside(parsed, network, bits));
    },
  };
};

const isInside = (address: ipaddr.IPv4 | ipaddr.IPv6, network: ipaddr.IPv4 | ipaddr.IPv6, bits: number): boolean =>
  address.kind() === network.kind() && address.match(network, bits);

const hostKey = (hostname: string, port: number): string => {
  const host = normaliseHost(hostname);
  return `${ipaddr.isValid(host) ? ipaddr.parse(host).toString() : host}:${port}`;
};

const readHostEntry = (entry: string): string => {
  const match = /^(.+):(\d{1,5})$/.exec(entry.trim());
  const [, host = '', port = '0'] = match ?? [];
  const isPlain = /^(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9.-]*[a-z0-9])?)$/i.test(host);
  if (!isPlain || Number(port) < 1 || Number(port) > 65_535) {
    throw new Error(`OUTBOUND_ALLOW entry "${entry}" is neither host:port nor an address range like 10.0.0.0/8`);
  }
  return hostKey(host, Number(port));
};
