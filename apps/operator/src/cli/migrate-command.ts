import { openDatabase } from '@polyreel/db';
import { makeDataDir } from '@polyreel/db/embedded';
import { openObjects } from '../backup/open-objects.ts';
import { ensureFirstAccount } from '../run/first-account.ts';
import { migrateDatabase } from '../run/migrate.ts';
import { takeWords } from './arguments.ts';
import type { Command } from './command.ts';
import { withDatabaseUrl } from './with-database.ts';

export const migrate: Command = {
  words: 'migrate',
  usage: '',
  summary:
    'brings the database to this version, makes the bucket and, in a new database, the first account; `npm start` does it by itself',
  flags: [],
  async run(context) {
    takeWords(context.args, []);
    const { config, env, say } = context;
    await makeDataDir(config.dataDir);
    return withDatabaseUrl(context, async (databaseUrl) => {
      const applied = await migrateDatabase({ databaseUrl, env });
      say(`The database has ${applied.length} migrations, all of this version`);
      await (await openObjects(config)).close();
      const database = await openDatabase({ url: databaseUrl, poolSize: 2, onError: () => undefined });
      try {
        const first = await ensureFirstAccount(database.accounts, config.dataDir);
        if (first !== null) say(`Made the account owner; its key is in ${first.file}`);
      } finally {
        await database.close();
      }
      return 0;
    });
  },
};
