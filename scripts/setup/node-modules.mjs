import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pinnedNode, root } from './paths.mjs';
import { SetupError } from './setup-error.mjs';

const progressMs = 3000;

/** Runs `npm ci` when node_modules is missing or does not hold what package-lock.json says. True when it did. */
export async function ensureNodeModules() {
  if (isInstalled()) return false;
  console.error(
    existsSync(join(root, 'node_modules')) ? 'Packages are older than package-lock.json: npm ci' : 'Installing packages: npm ci',
  );
  await runNpmCi();
  if (!isInstalled())
    throw new SetupError('npm ci ended well, yet packages are missing: remove node_modules and run this again.');
  return true;
}

/** What npm notes in node_modules about the installed packages, against the lock file; packages of other platforms may be absent. */
function isInstalled() {
  const installed = readPackages(join(root, 'node_modules', '.package-lock.json'));
  const wanted = readPackages(join(root, 'package-lock.json'));
  if (installed === undefined || wanted === undefined || !existsSync(pinnedNode)) return false;
  return Object.entries(wanted).every(([path, facts]) => {
    if (path === '') return true;
    const found = installed[path];
    return found === undefined ? facts.optional === true : found.version === facts.version && found.integrity === facts.integrity;
  });
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

async function runNpmCi() {
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const child = spawn('npm', args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, npm_config_progress: 'false' },
  });
  const timer = setInterval(showProgress(), progressMs);
  try {
    await new Promise((resolve, reject) => {
      child.once('error', (cause) => reject(new SetupError(`npm could not be run: ${cause.message}`)));
      child.once('exit', (code, signal) => {
        if (code === 0) resolve();
        else reject(new SetupError(`npm ci failed (${signal ?? `code ${code}`}): see its messages above. It needs the network.`));
      });
    });
  } finally {
    clearInterval(timer);
  }
}

function showProgress() {
  const startedAt = Date.now();
  const folders = Object.entries(readPackages(join(root, 'package-lock.json')) ?? {}).flatMap(([path, facts]) =>
    path.startsWith('node_modules/') && facts.link !== true && facts.optional !== true ? [path] : [],
  );
  return () => {
    const done = folders.filter((path) => existsSync(join(root, path, 'package.json'))).length;
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    console.error(
      done < folders.length
        ? `  ${seconds} s: ${done} of ${folders.length} packages`
        : `  ${seconds} s: all packages are there, npm sets them up`,
    );
  };
}
