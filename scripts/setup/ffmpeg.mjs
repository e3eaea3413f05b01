import { spawnSync } from 'node:child_process';
import { ensureDebianPackages, serverPackages } from './debian-packages.mjs';
import { SetupError } from './setup-error.mjs';

const programs = [
  { name: 'ffmpeg', variable: 'FFMPEG_PATH', flag: '--ffmpeg-path' },
  { name: 'ffprobe', variable: 'FFPROBE_PATH', flag: '--ffprobe-path' },
];

/** ffmpeg and ffprobe: those the operator names, else those in PATH, else Debian's, installed where we may. */
export async function ensureFfmpeg(argv = []) {
  const given = programs.map(({ variable, flag }) => ({ flag, variable, path: flagOf(argv, flag) ?? process.env[variable] }));
  for (const { path, flag, variable } of given) {
    if (path && !runs(path)) throw new SetupError(`${variable} (or ${flag}) names ${path}, which cannot be run.`);
  }
  if (given.every(({ path }) => path)) return;
  await ensureDebianPackages(serverPackages);
  for (const { name } of programs) {
    if (!runs(name)) throw new SetupError(`${name} is in PATH but cannot be run: try \`${name} -version\`.`);
  }
}

function flagOf(argv, flag) {
  const at = argv.findIndex((item) => item === flag || item.startsWith(`${flag}=`));
  if (at < 0) return undefined;
  return argv[at].includes('=') ? argv[at].slice(flag.length + 1) : argv[at + 1];
}

function runs(program) {
  return spawnSync(program, ['-version'], { stdio: 'ignore' }).status === 0;
}
