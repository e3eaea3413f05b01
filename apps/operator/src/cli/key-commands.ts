import { text } from 'node:stream/consumers';
import { type AccountRow, DomainError, type KeyRow } from '@polyreel/core';
import { createOperatorIds, createOperatorKeyMinter } from '../run/first-account.ts';
import { requireFlag, takeWords, UsageError } from './arguments.ts';
import type { Command, CommandContext } from './command.ts';
import { renderTable } from './table.ts';
import { type OperatorDatabase, withDatabase } from './with-database.ts';

const keyFlags = ['account', 'name', 'surfaces'] as const;
const keyUsage = '--account NAME [--name TEXT] [--surfaces a,b]';

export const keyCreate: Command = {
  words: 'key create',
  usage: keyUsage,
  summary: 'makes a key and prints it, once; the account is made when there is none of that name',
  flags: keyFlags,
  async run(context) {
    takeWords(context.args, []);
    const wanted = readKeyFlags(context);
    return withDatabase(context, async (database) => {
      const account = await findOrMakeAccount(database, wanted.account, context.say);
      const { text: key, row } = await minterFor(database).mint({ accountId: account.id, ...wanted.key });
      context.say(`key ${row.id} of account ${account.name}`);
      context.stdout.write(`${key}\n`);
      return 0;
    });
  },
};

export const keyImport: Command = {
  words: 'key import',
  usage: `${keyUsage} < FILE`,
  summary: 'takes over a key made elsewhere; its text is read from standard input',
  flags: keyFlags,
  async run(context) {
    takeWords(context.args, []);
    const wanted = readKeyFlags(context);
    const key = (await text(context.stdin)).trim();
    if (key === '') throw new UsageError('standard input holds no key');
    return withDatabase(context, async (database) => {
      const account = await findOrMakeAccount(database, wanted.account, context.say);
      const row = await minterFor(database).adopt({ accountId: account.id, ...wanted.key }, key);
      context.stdout.write(`${row.id}\n`);
      return 0;
    });
  },
};

export const keyList: Command = {
  words: 'key list',
  usage: '[--account NAME]',
  summary: 'lists keys; their text cannot be shown, it is not stored',
  flags: ['account'],
  async run(context) {
    takeWords(context.args, []);
    const name = context.args.flags.get('account');
    return withDatabase(context, async (database) => {
      const account = name === undefined ? null : await findAccount(database, name);
      const keys = await database.accounts.listKeys(account?.id ?? null);
      context.stdout.write(
        renderTable(['id', 'account', 'name', 'key', 'surfaces', 'made', 'last used', 'state'], keys.map(keyCells)),
      );
      return 0;
    });
  },
};

export const keyRevoke: Command = {
  words: 'key revoke',
  usage: 'ID',
  summary: 'ends a key at once on every process',
  flags: [],
  async run(context) {
    const [id = ''] = takeWords(context.args, ['ID']);
    return withDatabase(context, async (database) => {
      if (!(await database.accounts.revokeKey(id))) throw new DomainError('not_found', `there is no active key ${id}`);
      context.say(`revoked ${id}`);
      return 0;
    });
  },
};

function readKeyFlags({ args, config }: CommandContext) {
  const surfaces =
    args.flags
      .get('surfaces')
      ?.split(',')
      .map((name) => name.trim()) ?? null;
  const unknown = surfaces?.filter((name) => !Object.hasOwn(config.surfaceSettings, name)) ?? [];
  if (unknown.length > 0) {
    throw new UsageError(
      `--surfaces names ${unknown.join(', ')}; this server has ${Object.keys(config.surfaceSettings).join(', ')}`,
    );
  }
  return { account: requireFlag(args, 'account'), key: { name: args.flags.get('name') ?? '', surfaces } };
}

function keyCells(key: KeyRow): string[] {
  return [
    key.id,
    key.accountId,
    key.name,
    `${key.prefix}...${key.lastFour}`,
    key.surfaces?.join(',') ?? 'all',
    key.createdAt.toISOString(),
    key.lastUsedAt?.toISOString() ?? '-',
    key.revokedAt === null ? 'active' : 'revoked',
  ];
}

const minterFor = (database: OperatorDatabase) => createOperatorKeyMinter(database.accounts, createOperatorIds());

export async function findAccount(database: OperatorDatabase, name: string): Promise<AccountRow> {
  const account = await database.accounts.findAccountByName(name);
  if (account === null) throw new DomainError('not_found', `there is no account ${name}`);
  return account;
}

async function findOrMakeAccount(database: OperatorDatabase, name: string, say: (line: string) => void): Promise<AccountRow> {
  const known = await database.accounts.findAccountByName(name);
  if (known !== null) return known;
  say(`made account ${name}`);
  return database.accounts.createAccount({ id: createOperatorIds().next('account'), name, role: 'member' });
}
