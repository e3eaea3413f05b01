import { describe, expect, it } from 'vitest';
import { ipv4Spellings, privateIpv4, privateIpv6 } from '../test/spellings.ts';
import { isForbiddenHostLiteral, isPublicAddress } from './address-rules.ts';
import { parseOutboundAllow } from './outbound-allow.ts';

const publicAddresses = [
  '1.1.1.1',
  '8.8.8.8',
  '93.184.216.34',
  '100.63.255.255',
  '100.128.0.1',
  '172.15.255.255',
  '172.32.0.1',
  '169.253.1.1',
  '223.255.255.254',
  '2606:4700:4700::1111',
  '2a00:1450:4001::1',
  '::ffff:8.8.8.8',
  '64:ff9b::808:808',
];

describe('isPublicAddress', () => {
  it.each(publicAddresses)('is true for %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([...privateIpv4, ...privateIpv6, 'fe80::1%eth0', '1.1.1.1%lo', 'example.com', '', '999.1.1.1'])(
    'is false for %s',
    (address) => {
      expect(isPublicAddress(address)).toBe(false);
    },
  );
});

describe('isForbiddenHostLiteral', () => {
  it('is true for every spelling of every private address', () => {
    const wrong = [...privateIpv4.flatMap(ipv4Spellings), ...privateIpv6.flatMap((address) => [address, `[${address}]`])].filter(
      (spelling) => !isForbiddenHostLiteral(spelling),
    );
    // These are names, however alike: nothing but a look-up can judge them.
    expect(wrong).toEqual([]);
  });

  it('is false for public addresses and for names, which only a look-up can judge', () => {
    const fine = [
      ...publicAddresses.map((address) => (address.includes(':') ? `[${address}]` : address)),
      'example.com',
      'localhost',
      '127.0.0.1.nip.io',
    ];
    expect(fine.filter((host) => isForbiddenHostLiteral(host))).toEqual([]);
  });

  it('is true for what is no host at all', () => {
    for (const text of ['', ' ', 'a b', 'a/b', '[::1', 'x@y', '1.2.3.4.5.6/7']) expect(isForbiddenHostLiteral(text)).toBe(true);
  });
});

describe('parseOutboundAllow', () => {
  const allow = parseOutboundAllow(['Hook.Test:8443', '127.0.0.1:9000', '[::1]:9000', '10.1.0.0/16', 'fd00::/8']);

  it('exempts a named host at its port only', () => {
    expect(allow.allowsHost('hook.test', 8443)).toBe(true);
    expect(allow.allowsHost('hook.test.', 8443)).toBe(true);
    expect(allow.allowsHost('hook.test', 443)).toBe(false);
    expect(allow.allowsHost('evil.hook.test', 8443)).toBe(false);
  });

  it('exempts a named address in any spelling, and a network at every port', () => {
    expect(allow.allowsAddress('127.0.0.1', 9000)).toBe(true);
    expect(allow.allowsAddress('::ffff:127.0.0.1', 9000)).toBe(true);
    expect(allow.allowsAddress('127.0.0.1', 9001)).toBe(false);
    expect(allow.allowsAddress('0:0::1', 9000)).toBe(true);
    expect(allow.allowsAddress('10.1.255.3', 22)).toBe(true);
    expect(allow.allowsAddress('::ffff:10.1.0.1', 22)).toBe(true);
    expect(allow.allowsAddress('10.2.0.1', 22)).toBe(false);
    expect(allow.allowsAddress('fd12::1', 22)).toBe(true);
    expect(allow.allowsAddress('fe80::1%eth0', 22)).toBe(false);
  });

  it.each(['', 'host', 'host:0', 'host:65536', 'http://host:1', '10.0.0.0/33', 'a b:1', '*:80', ':80'])(
    'refuses the entry %j at once',
    (entry) => {
      expect(() => parseOutboundAllow([entry])).toThrow('OUTBOUND_ALLOW');
    },
  );
});
