import { DomainError } from '../errors.ts';
import type { IdSource } from '../ids.ts';
import type { AccountStore, KeyRow } from '../ports/accounts.ts';

/** Every minted key looks like this, whichever surface it is used on: the prefix and 43 base62 characters (256 bits). */
export const mintedKeyPrefix = 'vg_live_';
const mintedKeyLength = 43;
const importedKeyLengthMin = 20;
const importedKeyLengthMax = 512;
const importedPrefixLength = 4;
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

export interface KeyMinterDeps {
  readonly accounts: Pick<AccountStore, 'createKey'>;
  readonly ids: IdSource;
  /** Unpredictable bytes. */
  randomBytes(size: number): Uint8Array;
  /** Lower-case hex. */
  sha256(text: string): string;
}

export interface NewKey {
  readonly accountId: string;
  readonly name: string;
  /** Null: all. */
  readonly surfaces: readonly string[] | null;
}

/** Makes keys. Their text is returned or given once and never stored. */
export interface KeyMinter {
  mint(key: NewKey): Promise<{ text: string; row: KeyRow }>;
  /** A key made elsewhere: 20 to 512 printable characters without spaces. DomainError `conflict` when it is known already. */
  adopt(key: NewKey, text: string): Promise<KeyRow>;
}

export function createKeyMinter({ accounts, ids, randomBytes, sha256 }: KeyMinterDeps): KeyMinter {
  const store = ({ accountId, name, surfaces }: NewKey, text: string, prefix: string): Promise<KeyRow> =>
    accounts.createKey({
      id: ids.next('key'),
      accountId,
      name,
      surfaces,
      sha256: sha256(text),
      prefix,
      lastFour: text.slice(-4),
    });
  return {
    async mint(key) {
      const text = generateKeyText(randomBytes);
      return { text, row: await store(key, text, mintedKeyPrefix) };
    },
    async adopt(key, text) {
      if (!/^[\x21-\x7e]+$/.test(text))
        throw new DomainError('invalid_request', 'a key has printable ASCII characters only, without spaces');
      if (text.length < importedKeyLengthMin || text.length > importedKeyLengthMax) {
        throw new DomainError(
          'invalid_request',
          `a key has ${importedKeyLengthMin} to ${importedKeyLengthMax} characters, not ${text.length}`,
        );
      }
      return store(key, text, text.startsWith(mintedKeyPrefix) ? mintedKeyPrefix : text.slice(0, importedPrefixLength));
    },
  };
}

/** Bytes above the largest multiple of 62 are thrown away, so that every character is equally likely. */
export function generateKeyText(randomBytes: (size: number) => Uint8Array, prefix: string = mintedKeyPrefix): string {
  let text = '';
  while (text.length < mintedKeyLength) {
    for (const byte of randomBytes(mintedKeyLength)) {
      if (byte < 248 && text.length < mintedKeyLength) text += alphabet.charAt(byte % 62);
    }
  }
  return `${prefix}${text}`;
}
