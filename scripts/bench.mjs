// npm run bench [-- name ...]: prints a table of ratios against references of the same run and writes bench/results/latest.json.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureNodeModules } from './setup/node-modules.mjs';
import { pinnedNode, root, workspaceEnv } from './setup/paths.mjs';
import { ensurePrismaClient } from './setup/prisma-client.mjs';
import { requireNode } from './setup/require-node.mjs';

requireNode();
await ensureNodeModules();
await ensurePrismaClient();
const child = spawn(pinnedNode, [join(root, 'bench', 'run.ts'), ...process.argv.slice(2)], {
  cwd: root,
  env: workspaceEnv(),
  stdio: 'inherit',
});
child.once('close', (code) => {
  process.exitCode = code ?? 1;
});
