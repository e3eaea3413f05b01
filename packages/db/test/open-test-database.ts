import { startTestPostgres } from '@polyreel/testkit/postgres';
import { type Database, type DatabaseOptions, openDatabase } from '../src/open-database.ts';
import { testIds } from './factories.ts';

export interface OpenTestDatabase extends Database {
  readonly url: string;
  /** Another process's view of the same database, as far as connections go. */
  openAnother(options?: Partial<DatabaseOptions>): Promise<Database>;
  /** Account `usr_1` with key `key_1`, or the numbers given. */
  addAccount(number?: number): Promise<{ accountId: string; keyId: string }>;
  drop(): Promise<void>;
}

/** A migrated database of the test's own. Faults of connections fail the test that closes it, unless expected. */
export async function openTestDatabase(options: { poolSize?: number; expectsFaults?: boolean } = {}): Promise<OpenTestDatabase> {
  const server = await startTestPostgres();
  const { url, drop } = await server.createDatabase();
  const faults: unknown[] = [];
  const open = (more: Partial<DatabaseOptions> = {}) =>
    openDatabase({ url, poolSize: options.poolSize ?? 10, onError: (error) => faults.push(error), ids: testIds, ...more });
  const database = await open();
  const others: Database[] = [];
  return {
    ...database,
    url,
    async openAnother(more) {
      const other = await open(more);
      others.push(other);
      return other;
    },
    async addAccount(number = 1) {
      const [accountId, keyId] = [`usr_${number}`, `key_${number}`];
      await database.accounts.createAccount({ id: accountId, name: `account ${number}`, role: 'member' });
      await database.accounts.createKey({
        id: keyId,
        accountId,
        name: 'test',
        sha256: number.toString(16).padStart(64, '0'),
        prefix: 'vg_live_',
        lastFour: 'abcd',
        surfaces: null,
      });
      return { accountId, keyId };
    },
    async drop() {
      await Promise.all([database, ...others].map((one) => one.close()));
      await drop();
      if (options.expectsFaults !== true && faults.length > 0)
        throw new AggregateError(faults, 'connections broke during the test');
    },
  };
}
