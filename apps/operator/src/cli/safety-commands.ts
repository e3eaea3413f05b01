import { text } from 'node:stream/consumers';
import { DomainError } from '@polyreel/core';
import { type SafetyDecisionRow, safetyPolicySchema } from '@polyreel/core/safety';
import { createSafetyLog } from '@polyreel/db';
import { z } from 'zod';
import { createOperatorIds } from '../run/first-account.ts';
import { takeWords, UsageError } from './arguments.ts';
import type { Command } from './command.ts';
import { findAccount } from './key-commands.ts';
import { renderTable } from './table.ts';
import { withDatabase } from './with-database.ts';

export const safetyPolicy: Command = {
  words: 'safety policy',
  usage: 'KEY_ID [--from default] [--from stdin < FILE]',
  summary:
    'prints what a key may ask for; with --from stdin takes a policy as JSON from standard input, with --from default goes back to the default',
  flags: ['from'],
  async run(context) {
    const [keyId = ''] = takeWords(context.args, ['KEY_ID']);
    const from = context.args.flags.get('from');
    if (from !== undefined && from !== 'stdin' && from !== 'default') throw new UsageError('--from is stdin or default');
    const policy = from === 'stdin' ? parsePolicy(await text(context.stdin)) : null;
    return withDatabase(context, async ({ accounts }) => {
      if (!(await accounts.listKeys(null)).some(({ id, revokedAt }) => id === keyId && revokedAt === null))
        throw new DomainError('not_found', `there is no active key ${keyId}`);
      if (from !== undefined) await accounts.writeSafetyPolicy(keyId, policy);
      context.stdout.write(`${JSON.stringify(await accounts.readSafetyPolicy(keyId), null, 2)}\n`);
      return 0;
    });
  },
};

const outcomes = ['allowed', 'blocked', 'unavailable'] as const satisfies readonly SafetyDecisionRow['outcome'][];

export const safetyLog: Command = {
  words: 'safety log',
  usage: '[--account NAME] [--outcome blocked] [--limit 50]',
  summary: 'lists decisions on content, newest first; by hash, never the content unless CONTENT_SAFETY_LOG_CONTENT was on',
  flags: ['account', 'outcome', 'limit'],
  async run(context) {
    takeWords(context.args, []);
    const { flags } = context.args;
    const limit = Number(flags.get('limit') ?? 50);
    if (!Number.isInteger(limit) || limit < 1 || limit > 10_000)
      throw new UsageError('--limit is a whole number from 1 to 10000');
    const outcome = outcomes.find((known) => known === flags.get('outcome'));
    if (flags.has('outcome') && outcome === undefined) throw new UsageError(`--outcome is one of ${outcomes.join(', ')}`);
    const name = flags.get('account');
    return withDatabase(context, async (database) => {
      const accountId = name === undefined ? null : (await findAccount(database, name)).id;
      const log = createSafetyLog(database.sql, createOperatorIds());
      const rows = await log.list({ accountId, limit, ...(outcome !== undefined && { outcome }) });
      context.stdout.write(
        renderTable(
          ['at', 'account', 'key', 'phase', 'outcome', 'categories', 'place', 'job', 'hash', 'content'],
          rows.map(cells),
        ),
      );
      return 0;
    });
  },
};

const cells = (row: SafetyDecisionRow & { at: Date }): string[] => [
  row.at.toISOString(),
  row.accountId,
  row.keyId ?? '-',
  row.phase,
  row.isChecked || row.outcome !== 'allowed' ? row.outcome : 'allowed unchecked',
  row.categories.join(',') || '-',
  row.place ?? '-',
  row.jobId ?? '-',
  row.contentHash.slice(0, 16),
  row.content?.replace(/\s+/g, ' ').slice(0, 200) ?? '-',
];

function parsePolicy(json: string) {
  const parsed = safetyPolicySchema.safeParse(readJson(json));
  if (parsed.success) return parsed.data;
  throw new UsageError(`standard input holds no policy:\n${z.prettifyError(parsed.error)}`);
}

function readJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new UsageError('standard input holds no JSON', { cause });
  }
}
