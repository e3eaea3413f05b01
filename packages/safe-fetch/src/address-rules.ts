import ipaddr from 'ipaddr.js';

/**
 * True for an address of the open internet: not private, loopback, link-local, shared (CGNAT), multicast, reserved or meant for
 * documentation, and no IPv6 form that hides such an IPv4 address. Text that is no address is not public.
 */
export const isPublicAddress = (text: string): boolean => {
  // A zone ("fe80::1%eth0") names an interface of this machine.
  if (text.includes('%') || !ipaddr.isValid(text)) return false;
  const address = ipaddr.parse(text);
  return address instanceof ipaddr.IPv6 ? isPublicIpv6(address) : isPublicIpv4(address);
};

const isPublicIpv4 = (address: ipaddr.IPv4): boolean => address.range() === 'unicast';

const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');
/** RFC 6052. The local-use prefix 64:ff9b:1::/48 is not among them: it leads into somebody's own network. */
const translationPrefix = ipaddr.IPv6.parseCIDR('64:ff9b::/96');
/** Documentation, RFC 9637; ipaddr.js knows only 2001:db8::/32. */
const documentation = ipaddr.IPv6.parseCIDR('3fff::/20');

const isPublicIpv6 = (address: ipaddr.IPv6): boolean => {
  if (address.isIPv4MappedAddress()) return isPublicIpv4(address.toIPv4Address());
  if (address.match(translationPrefix)) return isPublicIpv4(embeddedIpv4(address));
  return address.range() === 'unicast' && address.match(globalUnicast) && !address.match(documentation);
};

const embeddedIpv4 = (address: ipaddr.IPv6): ipaddr.IPv4 => new ipaddr.IPv4(address.toByteArray().slice(12));

/** The host of a URL without brackets and trailing dots, lower case. */
export const normaliseHost = (hostname: string): string =>
  hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.+$/, '');

/**
 * True when a host is a literal address, in any spelling that a URL allows (octal, hex, one number, full-width digits, trailing dot,
 * brackets), that is not public. Looks nothing up: a name is never a literal, it is judged when it is resolved. Text that cannot be
 * a host is refused too.
 */
export const isForbiddenHostLiteral = (hostname: string): boolean => {
  const isBareIpv6 = hostname.includes(':') && !hostname.startsWith('[');
  const text = `http://${isBareIpv6 ? `[${hostname}]` : hostname}/`;
  if (/[/?#@\\]/.test(hostname) || !URL.canParse(text)) return true;
  const host = normaliseHost(new URL(text).hostname);
  if (host === '') return true;
  return ipaddr.isValid(host) && !isPublicAddress(host);
};
