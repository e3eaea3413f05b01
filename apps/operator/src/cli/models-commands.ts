import {
  filesOfSet,
  type Licence,
  type ModelFile,
  type ModelProfile,
  type ModelSet,
  modelProfiles,
  modelSets,
} from '@polyreel/gpu-runner/models';
import { createProgressBar } from '../models/progress-bar.ts';
import { gigabytes, ModelsError, missingOf, pullModels } from '../models/pull-models.ts';
import { findState, verifyModel } from '../models/verify-models.ts';
import { takeWords, UsageError } from './arguments.ts';
import type { Command, CommandContext } from './command.ts';
import { renderTable } from './table.ts';

const setUsage = `[--set ${modelSets.join('|')}] [--profile ${modelProfiles.join('|')}]`;

export const modelsList: Command = {
  words: 'models list',
  usage: setUsage,
  summary: 'lists the model files of ComfyUI: size, licence, source, and whether they are in MODELS_DIR',
  flags: ['set', 'profile'],
  async run(context) {
    takeWords(context.args, []);
    const { modelsDir } = context.config.models;
    const files = chosen(context);
    const rows = await Promise.all(
      files.map(async (model) => [
        ...[`${model.folder}/${model.file}`, await findState(modelsDir, model), gigabytes(model.bytes)],
        ...[model.licence.key, `${model.source.repository}/${model.source.path}`],
      ]),
    );
    context.stdout.write(renderTable(['file', 'state', 'size', 'licence', 'source'], rows));
    context.say(`${files.length} files, ${gigabytes(sum(files))}, in ${modelsDir}`);
    return 0;
  },
};

export const modelsPull: Command = {
  words: 'models pull',
  usage: `${setUsage} [--accept LICENCE,...] [--connections N]`,
  summary: 'fetches the files that are missing, and goes on where it was cut off',
  flags: ['set', 'profile', 'accept', 'connections'],
  async run(context) {
    takeWords(context.args, []);
    const { modelsDir, host } = context.config.models;
    const files = missingOf(chosen(context), modelsDir);
    if (files.length === 0) {
      context.say(`nothing is missing in ${modelsDir}`);
      return 0;
    }
    context.say(`${files.length} files, ${gigabytes(sum(files))}, from ${host.baseUrl} to ${modelsDir}, under these licences:`);
    for (const line of describeLicences(files)) context.say(line);
    requireAccepted(files, context);
    const bar = createProgressBar(context.stdout, { isTerminal: 'isTTY' in context.stdout && context.stdout.isTTY === true });
    const stop = new AbortController();
    const onSignal = () => stop.abort(new ModelsError('stopped; the same command goes on from here'));
    process.once('SIGINT', onSignal);
    process.once('SIGTERM', onSignal);
    try {
      await pullModels({
        ...{ files, modelsDir, host, connections: readConnections(context), signal: stop.signal },
        freeBytesMin: context.config.minFreeBytes,
        onProgress: bar.show,
      });
    } finally {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
      bar.end();
    }
    context.say(`${files.length} files are there, each with the hash it had when it came beside it (.sha256)`);
    return 0;
  },
};

export const modelsVerify: Command = {
  words: 'models verify',
  usage: setUsage,
  summary: 'reads the files of a set whole and compares their hashes; ends with code 1 when one is missing or wrong',
  flags: ['set', 'profile'],
  async run(context) {
    takeWords(context.args, []);
    const rows: string[][] = [];
    let isBad = false;
    for (const model of chosen(context)) {
      const { state, words } = await verifyModel(context.config.models.modelsDir, model);
      rows.push([`${model.folder}/${model.file}`, state, words]);
      isBad ||= state !== 'good' && state !== 'unknown';
    }
    context.stdout.write(renderTable(['file', 'state', ''], rows));
    return isBad ? 1 : 0;
  },
};

function chosen({ args }: CommandContext): readonly ModelFile[] {
  const set: ModelSet = pick(args.flags.get('set') ?? 'core', modelSets, 'set');
  const profile: ModelProfile = pick(args.flags.get('profile') ?? '24gb', modelProfiles, 'profile');
  return filesOfSet(set, profile);
}

function pick<const T extends string>(text: string, values: readonly T[], flag: string): T {
  const value = values.find((one) => one === text);
  if (value === undefined) throw new UsageError(`--${flag} must be one of ${values.join(', ')}`);
  return value;
}

const sum = (files: readonly ModelFile[]): number => files.reduce((total, { bytes }) => total + bytes, 0);

function describeLicences(files: readonly ModelFile[]): string[] {
  const byKey = new Map<string, { licence: Licence; count: number }>();
  for (const { licence } of files) byKey.set(licence.key, { licence, count: (byKey.get(licence.key)?.count ?? 0) + 1 });
  return [...byKey.values()].map(
    ({ licence, count }) => `  ${licence.key} (${count} ${count === 1 ? 'file' : 'files'}): ${licence.name}, ${licence.address}`,
  );
}

/** Who takes a file under terms that restrict its use says so by name. */
function requireAccepted(files: readonly ModelFile[], { args }: CommandContext): void {
  const accepted = (args.flags.get('accept') ?? '').split(',').map((key) => key.trim());
  const open = [...new Set(files.filter(({ licence }) => licence.isRestricted).map(({ licence }) => licence.key))].filter(
    (key) => !accepted.includes(key),
  );
  if (open.length > 0)
    throw new ModelsError(`read the licences that restrict the use of these files, then say so: --accept ${open.join(',')}`);
}

function readConnections({ args }: CommandContext): number {
  const text = args.flags.get('connections') ?? '4';
  const value = Number(text);
  if (!/^\d{1,2}$/.test(text) || value < 1 || value > 32)
    throw new UsageError('--connections must be a whole number from 1 to 32');
  return value;
}
