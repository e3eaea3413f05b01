import { ConfigError, loadConfig } from '@polyreel/config';
import { DomainError } from '@polyreel/core';
import { surfaceSchemas } from '@polyreel/surfaces';
import { BackupError } from '../backup/archive-format.ts';
import { DataDirInUse } from '../run/data-dir-lock.ts';
import { RefusedDownload } from '../models/open-range.ts';
import { WrongFile } from '../models/download-file.ts';
import { ModelsError } from '../models/pull-models.ts';
import { parseArguments, UsageError } from './arguments.ts';
import { accountDisable, accountEnable } from './account-commands.ts';
import { auditDrop } from './audit-commands.ts';
import { exportCommand, importCommand } from './backup-commands.ts';
import type { Command, CommandIo } from './command.ts';
import { doctor } from './doctor-command.ts';
import { keyCreate, keyImport, keyList, keyRevoke } from './key-commands.ts';
import { migrate } from './migrate-command.ts';
import { modelsList, modelsPull, modelsVerify } from './models-commands.ts';
import { safetyLog, safetyPolicy } from './safety-commands.ts';
import { verify } from './verify-command.ts';
import { webhookSecretRotate, webhookSecretShow } from './webhook-secret-commands.ts';

const commands: readonly Command[] = [
  keyCreate,
  keyImport,
  keyList,
  keyRevoke,
  accountDisable,
  accountEnable,
  webhookSecretShow,
  webhookSecretRotate,
  safetyPolicy,
  safetyLog,
  auditDrop,
  modelsList,
  modelsPull,
  modelsVerify,
  verify,
  doctor,
  exportCommand,
  importCommand,
  migrate,
];

const usageCode = 2;

/** Runs one command of the operator. Returns the exit code: 0 done, 1 failed, 2 not understood. */
export async function runCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  const command = commands.find(({ words }) => words.split(' ').every((word, index) => argv[index] === word));
  if (command === undefined) {
    const isAsked = argv.length === 0 || ['help', '--help', '-h'].includes(argv[0] ?? '');
    if (!isAsked) io.say(`There is no command ${argv.filter((word) => !word.startsWith('-')).join(' ')}\n`);
    io.say(renderUsage());
    return isAsked ? 0 : usageCode;
  }
  try {
    const args = parseArguments(argv.slice(command.words.split(' ').length), command.flags);
    return await command.run({ ...io, args, config: loadConfig(io.env, args.settings, surfaceSchemas) });
  } catch (error) {
    if (error instanceof UsageError) {
      io.say(`${error.message}\n\nusage: npm run polyreel -- ${command.words} ${command.usage}`);
      return usageCode;
    }
    io.say(isExpected(error) ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error));
    return 1;
  }
}

/** What the operator can mend needs no stack: a wrong setting, a bad backup, a file that may not be written. */
function isExpected(error: unknown): error is Error {
  if (
    error instanceof ConfigError ||
    error instanceof DomainError ||
    error instanceof BackupError ||
    error instanceof ModelsError ||
    error instanceof RefusedDownload ||
    error instanceof WrongFile ||
    error instanceof DataDirInUse
  )
    return true;
  return error instanceof Error && 'syscall' in error && 'path' in error;
}

function renderUsage(): string {
  const rows = commands.map(({ words, usage, summary }) => `  ${`${words} ${usage}`.trim()}\n      ${summary}`);
  return `usage: npm run polyreel -- COMMAND\n\n${rows.join('\n')}\n\nSettings are read as by the server, from variables or flags: DATA_DIR=/srv/polyreel or --data-dir /srv/polyreel`;
}
