// npm start: does all set-up, then runs the server on the pinned Node until Ctrl-C.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureFfmpeg } from './setup/ffmpeg.mjs';
import { ensureNodeModules } from './setup/node-modules.mjs';
import { pinnedNode, root, workspaceEnv } from './setup/paths.mjs';
import { ensurePrismaClient } from './setup/prisma-client.mjs';
import { requireNode } from './setup/require-node.mjs';
import { SetupError } from './setup/setup-error.mjs';
import { ensureVoices } from './setup/voices.mjs';

const argv = process.argv.slice(2);

try {
  requireNode();
  await ensureFfmpeg(argv);
  await ensureVoices(argv);
  await ensureNodeModules();
  await ensurePrismaClient();
} catch (error) {
  console.error(error instanceof SetupError ? `\n${error.message}` : error);
  process.exit(1);
}

const server = spawn(pinnedNode, ['--disable-warning=ExperimentalWarning', join(root, 'scripts', 'run.ts'), ...argv], {
  cwd: root,
  env: workspaceEnv(),
  stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
});
// A Ctrl-C in a terminal reaches the server by itself too, where a second one forces the end; here we stay until it has stopped.
process.on('SIGINT', () => server.kill('SIGTERM'));
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => server.kill('SIGTERM'));
server.once('error', (error) => {
  console.error(`The server could not be run: ${error.message}`);
  process.exit(1);
});
server.once('exit', (code, signal) => {
  if (signal !== null) console.error(`The server was ended by ${signal}`);
  process.exit(code ?? 1);
});
