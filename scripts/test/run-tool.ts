import { spawn } from 'node:child_process';
import { root } from '../setup/paths.mjs';

/** Runs a tool of the workspace with its output on ours. True: it ended with code 0. */
export async function runTool(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<boolean> {
  const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
  const stop = () => child.kill('SIGTERM');
  process.once('SIGTERM', stop).once('SIGINT', stop);
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', (error) => {
      console.log(`${command}: ${error.message}`);
      resolve(null);
    });
    child.once('close', resolve);
  });
  process.removeListener('SIGTERM', stop).removeListener('SIGINT', stop);
  return code === 0;
}
