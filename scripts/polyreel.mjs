// npm run polyreel -- COMMAND: the operator's command line, on the pinned Node. Standard output holds results only.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureNodeModules } from './setup/node-modules.mjs';
import { pinnedNode, root, workspaceEnv } from './setup/paths.mjs';
import { ensurePrismaClient } from './setup/prisma-client.mjs';
import { requireNode } from './setup/require-node.mjs';
import { SetupError } from './setup/setup-error.mjs';

try {
  requireNode();
  await ensureNodeModules();
  await ensurePrismaClient();
} catch (error) {
  console.error(error instanceof SetupError ? error.message : error);
  process.exit(1);
}

const args = ['--disable-warning=ExperimentalWarning', join(root, 'scripts', 'operate.ts'), ...process.argv.slice(2)];
const child = spawn(pinnedNode, args, { cwd: root, env: workspaceEnv(), stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.once('error', (error) => {
  console.error(error.message);
  process.exit(1);
});
child.once('exit', (code) => process.exit(code ?? 1));
