import { createHash, randomBytes } from 'node:crypto';
import path from 'node:path';
import {
  type AccountStore,
  createIdSource,
  createKeyMinter,
  DomainError,
  generateKeyText,
  type IdSource,
  type KeyMinter,
} from '@polyreel/core';
import { writePrivateFile } from './write-private-file.ts';

export const firstAccountName = 'owner';

type Accounts = Pick<AccountStore, 'countAccounts' | 'createAccount' | 'findAccountByName' | 'listKeys' | 'createKey'>;

export function createOperatorIds(): IdSource {
  return createIdSource({ now: () => new Date() }, randomBytes);
}

export function createOperatorKeyMinter(accounts: Pick<AccountStore, 'createKey'>, ids: IdSource): KeyMinter {
  return createKeyMinter({ accounts, ids, randomBytes, sha256: (text) => createHash('sha256').update(text).digest('hex') });
}

/**
 * A database without accounts gets `owner` (role admin) and one key, whose text is kept in `DATA_DIR/api-key` (0600). Returns that
 * file and the text; null where accounts exist already. A start that died in between is finished by the next one.
 */
export async function ensureFirstAccount(accounts: Accounts, dataDir: string): Promise<{ file: string; text: string } | null> {
  const ids = createOperatorIds();
  if ((await accounts.countAccounts()) === 0) {
    await accounts.createAccount({ id: ids.next('account'), name: firstAccountName, role: 'admin' }).catch((error: unknown) => {
      // Another machine on the same database was faster.
      if (!(error instanceof DomainError && error.kind === 'conflict')) throw error;
    });
  }
  const owner = await accounts.findAccountByName(firstAccountName);
  const isNew = owner !== null && (await accounts.countAccounts()) === 1 && (await accounts.listKeys(owner.id)).length === 0;
  if (!isNew) return null;
  const file = path.join(dataDir, 'api-key');
  const text = generateKeyText(randomBytes);
  // On disk before the database knows it: a death in between leaves a file that the next start replaces, never a key nobody has.
  await writePrivateFile(file, `${text}\n`);
  await createOperatorKeyMinter(accounts, ids).adopt({ accountId: owner.id, name: 'first key', surfaces: null }, text);
  return { file, text };
}
