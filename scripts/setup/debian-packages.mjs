import { spawnSync } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runVisible } from './run-visible.mjs';
import { SetupError } from './setup-error.mjs';

const toFfmpeg = { package: 'ffmpeg', isThere: () => hasProgram('ffmpeg') && hasProgram('ffprobe') };

/** What speaks. */
export const voicePackages = [
  { package: 'flite', isThere: () => hasProgram('flite') },
  { package: 'espeak-ng', isThere: () => hasProgram('espeak-ng') },
];

/** What the server itself needs of the system. */
export const serverPackages = [toFfmpeg];

/** What the tests need beside: real servers, a compiler for the kernels, a browser that plays, voices. */
export const testPackages = [
  toFfmpeg,
  { package: 'redis-server', isThere: () => hasProgram('redis-server') },
  { package: 'python3-swift', isThere: () => succeeds('/usr/bin/python3', ['-c', 'import swift']) },
  { package: 'python3-pip', isThere: () => succeeds('/usr/bin/python3', ['-m', 'pip', '--version']) },
  { package: 'clang', isThere: () => hasProgram('clang') },
  { package: 'lld', isThere: () => hasProgram('wasm-ld') },
  { package: 'chromium', isThere: () => hasProgram('chromium') },
  ...voicePackages,
];

/** Installs what is missing as root on Debian and its kin; elsewhere says the exact command and throws. */
export async function ensureDebianPackages(packages) {
  const missing = packages.filter((item) => !item.isThere()).map((item) => item.package);
  if (missing.length === 0) return;
  if (!isDebianKin())
    throw new SetupError(
      `Missing on this system: ${missing.join(', ')} (Debian's names). Install them with your package manager, then run this again.`,
    );
  if (process.getuid?.() !== 0) {
    throw new SetupError(
      `Missing on this system: ${missing.join(', ')}. Run this, then try again:\n\n  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing.join(' ')}\n`,
    );
  }
  console.error(`Installing Debian packages: ${missing.join(' ')}`);
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  const apt = ['-q', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3'];
  await runVisible('apt-get', [...apt, 'update'], options);
  await runVisible('apt-get', [...apt, 'install', '-y', '--no-install-recommends', ...missing], options);
  const still = packages.filter((item) => !item.isThere()).map((item) => item.package);
  if (still.length > 0) throw new SetupError(`apt-get ended well, yet these are still missing: ${still.join(', ')}`);
}

function isDebianKin() {
  try {
    return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}

export function hasProgram(name) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => folder !== '' && isExecutable(join(folder, name)));
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function succeeds(command, args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}
