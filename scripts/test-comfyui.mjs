// npm run test:comfyui: runs the graphs on the real ComfyUI, on the CPU with tiny weights. COMFYUI_DIR names a checkout of it, which is only read.
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { ensureNodeModules } from './setup/node-modules.mjs';
import { pinnedNode, root, workspaceEnv } from './setup/paths.mjs';
import { requireNode } from './setup/require-node.mjs';

const lists = ['requirements.txt', 'requirements-bare.txt'].map((name) =>
  join(root, 'packages', 'testkit', 'src', 'comfyui', name),
);

process.exitCode = await main();

async function main() {
  const checkout = process.env.COMFYUI_DIR;
  if (!checkout || !existsSync(join(checkout, 'main.py'))) {
    console.error('test:comfyui was NOT run: set COMFYUI_DIR to a checkout of ComfyUI (the folder that holds main.py).');
    return 2;
  }
  requireNode();
  await ensureNodeModules();
  const python = process.env.COMFYUI_PYTHON ?? ensurePython();
  const args = ['run', '--root', '.', '--config', 'test/comfyui/vitest.config.ts', ...process.argv.slice(2)];
  const child = spawn(pinnedNode, [join(root, 'node_modules', 'vitest', 'vitest.mjs'), ...args], {
    cwd: join(root, 'packages', 'gpu-runner'),
    env: { ...workspaceEnv(), COMFYUI_DIR: resolve(checkout), COMFYUI_PYTHON: python },
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  return new Promise((done) => {
    child.once('close', (code) => done(code ?? 1));
  });
}

/** A virtual environment outside the repository, made once for each list of packages. */
function ensurePython() {
  const hash = createHash('sha256');
  for (const list of lists) hash.update(readFileSync(list));
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const venv = join(cache, 'polyreel', `comfyui-${hash.digest('hex').slice(0, 12)}`);
  const python = join(venv, 'bin', 'python');
  if (existsSync(python)) return python;
  console.log(`installing the server's packages into ${venv} (once; some minutes)`);
  const partial = `${venv}.partial`;
  rmSync(partial, { recursive: true, force: true });
  const run = (command, args) => execFileSync(command, args, { stdio: 'inherit' });
  run('python3', ['-m', 'venv', '--copies', partial]);
  const pip = [join(partial, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check']];
  run(pip[0], [...pip[1], '-r', lists[0]]);
  run(pip[0], [...pip[1], '--no-deps', '-r', lists[1]]);
  renameSync(partial, venv);
  return python;
}
