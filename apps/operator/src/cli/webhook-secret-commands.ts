import { openSecret, type SecretKeys, sealSecret } from '@polyreel/config';
import { parseDurationSeconds } from '@polyreel/core/settings';
import { generateWebhookSecret, webhookSecretContext } from '@polyreel/webhooks';
import { createOperatorIds } from '../run/first-account.ts';
import { readSecretKeys } from '../run/place.ts';
import { requireFlag, takeWords, UsageError } from './arguments.ts';
import type { Command } from './command.ts';
import { findAccount } from './key-commands.ts';
import { withDatabase } from './with-database.ts';

const defaultOverlapSeconds = 24 * 3600;

export const webhookSecretShow: Command = {
  words: 'webhook-secret show',
  usage: '--account NAME',
  summary: 'prints the secrets that sign webhooks now, newest first; the first call makes one',
  flags: ['account'],
  async run(context) {
    takeWords(context.args, []);
    const name = requireFlag(context.args, 'account');
    return withDatabase(context, async (database) => {
      const keys = await readSecretKeys(context.config);
      const account = await findAccount(database, name);
      const sealed = seal(keys, account.id, generateWebhookSecret());
      const current = await database.webhookSecrets.ensure({
        id: createOperatorIds().next('secret'),
        accountId: account.id,
        sealed,
      });
      for (const one of current)
        context.stdout.write(`${openSecret(one, { keys, context: webhookSecretContext(account.id) })}\n`);
      return 0;
    });
  },
};

export const webhookSecretRotate: Command = {
  words: 'webhook-secret rotate',
  usage: '--account NAME [--overlap 24h]',
  summary: 'makes a new secret and prints it; the old one signs beside it for the overlap, 0 ends it at once',
  flags: ['account', 'overlap'],
  async run(context) {
    takeWords(context.args, []);
    const name = requireFlag(context.args, 'account');
    const overlap = context.args.flags.get('overlap');
    const overlapSeconds = overlap === undefined ? defaultOverlapSeconds : parseDurationSeconds(overlap);
    if (overlapSeconds === undefined) throw new UsageError(`--overlap ${overlap} is no duration such as 30min, 24h or 0`);
    return withDatabase(context, async (database) => {
      const keys = await readSecretKeys(context.config);
      const account = await findAccount(database, name);
      const secret = generateWebhookSecret();
      await database.webhookSecrets.rotate({
        id: createOperatorIds().next('secret'),
        accountId: account.id,
        sealed: seal(keys, account.id, secret),
        overlapSeconds,
      });
      context.stdout.write(`${secret}\n`);
      return 0;
    });
  },
};

function seal(keys: SecretKeys, accountId: string, secret: string): string {
  return sealSecret(secret, { keys, context: webhookSecretContext(accountId) });
}
