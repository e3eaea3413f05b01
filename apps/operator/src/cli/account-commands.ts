import { DomainError } from '@polyreel/core';
import { takeWords } from './arguments.ts';
import type { Command } from './command.ts';
import { withDatabase } from './with-database.ts';

const setActive = (word: 'enable' | 'disable', summary: string): Command => ({
  words: `account ${word}`,
  usage: 'NAME',
  summary,
  flags: [],
  async run(context) {
    const [name = ''] = takeWords(context.args, ['NAME']);
    return withDatabase(context, async ({ accounts }) => {
      if (!(await accounts.setActive(name, word === 'enable')))
        throw new DomainError('not_found', `there is no account ${name} to ${word}`);
      context.say(`${word}d ${name}`);
      return 0;
    });
  },
});

export const accountDisable = setActive(
  'disable',
  'shuts an account, by name or e-mail address; its keys and sign-ins open nothing, its jobs go on',
);
export const accountEnable = setActive('enable', 'opens a disabled account again');
