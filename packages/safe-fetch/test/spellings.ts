/** Ways to write one IPv4 address that a URL parser, an `inet_aton` or a hasty filter may read. */
export const ipv4Spellings = (address: string): string[] => {
  const bytes = address.split('.').map(Number);
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  const word = ((a * 256 + b) * 256 + c) * 256 + d;
  const hex = (value: number, width = 2) => value.toString(16).padStart(width, '0');
  const octal = (value: number) => `0${value.toString(8)}`;
  const fullWidth = (text: string) =>
    [...text].map((char) => (/\d/.test(char) ? String.fromCodePoint(0xff10 + Number(char)) : char)).join('');
  const circled = (text: string) =>
    [...text].map((char) => (/[1-9]/.test(char) ? String.fromCodePoint(0x245f + Number(char)) : char)).join('');
  const percent = (text: string) => [...text].map((char) => `%${hex(char.codePointAt(0) ?? 0)}`).join('');
  const [high, low] = [hex(a * 256 + b, 4), hex(c * 256 + d, 4)];
  return [
    address,
    `${address}.`,
    String(word),
    `0x${hex(word, 8)}`,
    `0X${hex(word, 8).toUpperCase()}`,
    `0${word.toString(8)}`,
    `00000${word.toString(8)}`,
    bytes.map((byte) => `0x${hex(byte)}`).join('.'),
    bytes.map(octal).join('.'),
    bytes.map((byte) => `000${octal(byte)}`).join('.'),
    `${a}.${octal(b)}.${c}.0x${hex(d)}`,
    `${a}.${(b * 256 + c) * 256 + d}`,
    `${a}.${b}.${c * 256 + d}`,
    `0x${hex(a)}.${(b * 256 + c) * 256 + d}`,
    fullWidth(address),
    circled(address),
    address.replaceAll('.', '。'),
    address.replaceAll('.', '.'),
    address.replaceAll('.', '。').replace('。', '.'),
    percent(address),
    address.replaceAll('.', '%2e'),
    `[::ffff:${address}]`,
    `[::ffff:${high}:${low}]`,
    `[0:0:0:0:0:ffff:${address}]`,
    `[0000:0000:0000:0000:0000:FFFF:${high.toUpperCase()}:${low}]`,
    `[::${address}]`,
    `[::ffff:0:${address}]`,
    `[64:ff9b::${address}]`,
    `[64:ff9b:1::${address}]`,
    `[64:ff9b::${high}:${low}]`,
    `[2002:${high}:${low}::]`,
    `[2002:${high}:${low}::1]`,
    `[2001:0:${high}:${low}::1]`,
    `[2001::${hex(0xffff ^ (a * 256 + b), 4)}:${hex(0xffff ^ (c * 256 + d), 4)}]`,
    `user:pass@${address}`,
    `example.com@${address}`,
    `example.com%40${address}`,
    `${address}%00.example.com`,
    `${address}\t`,
    `\\\\${address}`,
  ];
};

export const privateIpv4 = [
  '127.0.0.1',
  '127.255.255.254',
  '0.0.0.0',
  '10.0.0.1',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '100.127.255.255',
  '192.0.0.1',
  '192.0.2.1',
  '198.18.0.1',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
] as const;

export const privateIpv6 = [
  '::',
  '::1',
  '0:0:0:0:0:0:0:1',
  'fe80::1',
  'febf::1',
  'fec0::1',
  'fc00::1',
  'fd00::1',
  'fd00:ec2::254',
  'ff02::1',
  '100::1',
  '2001:db8::1',
  '3fff::1',
  '2001:2::1',
  '2001:10::1',
  '2001:20::1',
  '5f00::1',
  '4000::1',
  '::ffff:127.0.0.1',
  '64:ff9b::a00:1',
] as const;
