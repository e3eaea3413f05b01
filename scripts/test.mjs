// npm test: set-up, lint, types, every workspace's tests. The very last line is `N passed, N failed, N skipped`.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureDebianPackages, testPackages } from './setup/debian-packages.mjs';
import { ensureNodeModules } from './setup/node-modules.mjs';
import { pinnedNode, root, workspaceEnv } from './setup/paths.mjs';
import { ensurePrismaClient } from './setup/prisma-client.mjs';
import { requireNode } from './setup/require-node.mjs';
import { setUpS3TestServers } from './setup/s3-test-server.mjs';
import { SetupError } from './setup/setup-error.mjs';

const isLong = process.argv.includes('--long');
const crashed = { passed: 0, failed: 1, skipped: 0 };

const counts = await main();
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed > 0 || (counts.skipped > 0 && process.env.REQUIRE_ALL === '1') ? 1 : 0;

async function main() {
  try {
    requireNode();
    await ensureDebianPackages(testPackages);
    await ensureNodeModules();
    await setUpS3TestServers({ log: console.log });
    await ensurePrismaClient();
  } catch (error) {
    console.log(error instanceof SetupError ? error.message : error);
    return crashed;
  }
  return runSuites();
}

/** The pinned Node runs everything else and reports the counts, so that nothing it starts can print after the last line. */
function runSuites() {
  const env = workspaceEnv();
  env.TEST_SCALE = isLong ? '1' : (process.env.TEST_SCALE ?? '0.05');
  const args = [join(root, 'scripts', 'test', 'run-suites.ts'), ...process.argv.slice(2)];
  const child = spawn(pinnedNode, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  let counts = crashed;
  child.on('message', (message) => {
    counts = message;
  });
  return new Promise((resolve) => {
    child.once('error', () => resolve(crashed));
    child.once('close', () => resolve(counts));
  });
}
