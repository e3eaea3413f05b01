import { ApiError } from '../shared/api-error.ts';

/**
 * Ids as this API shows them. A file is the 16 bytes of its internal id as 22 characters of base64url behind a prefix, so that neither
 * needs a table: `fil_` + 26 characters of base 32 (10 of time, 16 of chance) <-> `vg_file_` + 22.
 */
export const outerPrefixes = { file: 'vg_file_', endpoint: 'ep_', key: 'vg_key_', team: 'vg_team_' } as const;
const innerPrefixes = { file: 'fil_', endpoint: 'whk_', key: 'key_', team: 'usr_' } as const;
export type IdKind = keyof typeof outerPrefixes;

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const innerPattern = /^([0-9a-hjkmnp-tv-z]{10})([0-9a-hjkmnp-tv-z]{16})$/;
const timeBits = 48n;
const chanceBits = 80n;

const readBase32 = (text: string): bigint => [...text].reduce((sum, char) => (sum << 5n) | BigInt(alphabet.indexOf(char)), 0n);

function writeBase32(value: bigint, length: number): string {
  let rest = value;
  let text = '';
  for (let index = 0; index < length; index += 1) {
    text = alphabet.charAt(Number(rest & 31n)) + text;
    rest >>= 5n;
  }
  return text;
}

/** An id of another form (an operator's own) is shown as it is, behind the prefix. */
export function toOuterId(kind: IdKind, inner: string): string {
  const bare = inner.startsWith(innerPrefixes[kind]) ? inner.slice(innerPrefixes[kind].length) : inner;
  const match = innerPattern.exec(bare);
  const time = readBase32(match?.[1] ?? '');
  if (match === null || time >> timeBits !== 0n) return `${outerPrefixes[kind]}${bare}`;
  const value = (time << chanceBits) | readBase32(match[2] ?? '');
  return `${outerPrefixes[kind]}${Buffer.from(value.toString(16).padStart(32, '0'), 'hex').toString('base64url')}`;
}

/** The internal id; null: well formed, but none that was made here. Throws 400 `invalid_id` for any other text. */
export function toInnerId(kind: 'file' | 'endpoint', outer: string, name: string = kind): string | null {
  const rest = outer.startsWith(outerPrefixes[kind]) ? outer.slice(outerPrefixes[kind].length) : '';
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(rest)) throw invalidId(name);
  const bytes = Buffer.from(rest, 'base64url');
  if (bytes.length !== 16 || bytes.toString('base64url') !== rest) return null;
  const value = BigInt(`0x${bytes.toString('hex')}`);
  const chance = value & ((1n << chanceBits) - 1n);
  return `${innerPrefixes[kind]}${writeBase32(value >> chanceBits, 10)}${writeBase32(chance, 16)}`;
}

export const executionPrefix = 'vg_exec_';
export const runPrefix = 'vg_work_';
export const projectPrefix = 'vg_proj_';
export const exportPrefix = 'vg_expo_';
export const remixPrefix = 'vg_rmix_';
export const interchangePrefix = 'vg_inte_';
type JobPrefix =
  | typeof executionPrefix
  | typeof runPrefix
  | typeof projectPrefix
  | typeof exportPrefix
  | typeof interchangePrefix;
/** How later revisions of the document name executions; the rest is the same. */
const executionAlias = 'vg_tool_';

/** The job's id as it is stored. Throws 400 `invalid_id`. */
export function readJobId(prefix: JobPrefix, outer: string, name: string): string {
  const text =
    prefix === executionPrefix && outer.startsWith(executionAlias) ? `${prefix}${outer.slice(executionAlias.length)}` : outer;
  if (!text.startsWith(prefix) || !/^[A-Za-z0-9_-]{1,64}$/.test(text.slice(prefix.length))) throw invalidId(name);
  return text;
}

/** A run, its project and the export that it makes by itself are one job: the same text behind their prefixes. */
export const withPrefix = (prefix: JobPrefix, id: string): string => `${prefix}${id.replace(/^vg_[a-z]+_/, '')}`;

/** 16 random bytes behind a prefix. */
export const mintId = (prefix: string, randomBytes: (size: number) => Uint8Array): string =>
  `${prefix}${Buffer.from(randomBytes(16)).toString('base64url')}`;

export const invalidId = (name: string): ApiError =>
  new ApiError(400, `${name} is not a valid id`, { extras: { code: 'invalid_id' } });
