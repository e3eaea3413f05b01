import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

/** A speech recogniser for tests: the Python package pocketsphinx, installed outside the repository's files when it is first needed. */

const run = promisify(execFile);
const python = '/usr/bin/python3';
const requirement = 'pocketsphinx==5.1.1';
const root = path.resolve(import.meta.dirname, '../../../../../..');
const folder = path.join(root, '.cache', 'pocketsphinx-5.1.1');
const proof = path.join(folder, 'pocketsphinx', '__init__.py');

/** False where there is no Python with pip. Throws when the package cannot be installed. */
export async function installRecogniser(): Promise<boolean> {
  if (existsSync(proof)) return true;
  try {
    await run(python, ['-m', 'pip', '--version']);
  } catch {
    return false;
  }
  const fresh = `${folder}.${process.pid}`;
  await mkdir(fresh, { recursive: true });
  try {
    const flags = [
      '--quiet',
      '--disable-pip-version-check',
      '--root-user-action',
      'ignore',
      '--no-deps',
      '--only-binary',
      ':all:',
    ];
    await run(python, ['-m', 'pip', 'install', ...flags, '--target', fresh, requirement]);
    // Whoever is first wins; a folder that is there is whole.
    await rename(fresh, folder).catch((error: unknown) => {
      if (!existsSync(proof)) throw error;
    });
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  return true;
}

/** What is heard in each file, in lower case. */
export async function recognise(tools: { ffmpegPath: string }, files: readonly string[]): Promise<string[]> {
  const raw = files.map((file) => `${file}.raw`);
  for (const [index, file] of files.entries())
    await run(tools.ffmpegPath, [
      '-v',
      'error',
      '-nostdin',
      '-y',
      '-i',
      file,
      '-ac',
      '1',
      '-ar',
      '16000',
      '-f',
      's16le',
      raw[index] ?? '',
    ]);
  const { stdout } = await run(python, [path.join(import.meta.dirname, 'recognise.py'), ...raw], { env: { PYTHONPATH: folder } });
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.toLowerCase());
}

const littleWords = new Set(
  'a an the of to in is are was were and or on at for with it he she they we you i his her their our my your this that by from as be will has have had not no but so up out into over then'.split(
    ' ',
  ),
);

/** Share of a sentence's words that were heard; little ones do not count. */
export function heardShare(sentence: string, heard: string): number {
  const words = (sentence.toLowerCase().match(/[a-z']+/g) ?? []).filter((word) => !littleWords.has(word));
  const there = new Set(heard.match(/[a-z']+/g) ?? []);
  return words.filter((word) => there.has(word)).length / words.length;
}
