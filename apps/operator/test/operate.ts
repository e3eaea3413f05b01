import { Readable, Writable } from 'node:stream';
import { runCommand } from '../src/cli/run-command.ts';

export interface Operated {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One command of the operator in this process, over real services. */
export async function operate(argv: readonly string[], env: NodeJS.ProcessEnv, stdin = ''): Promise<Operated> {
  let stdout = '';
  const lines: string[] = [];
  const code = await runCommand(argv, {
    stdin: Readable.from([stdin]),
    stdout: new Writable({
      write(chunk: Buffer, _encoding, done) {
        stdout += chunk.toString();
        done();
      },
    }),
    say: (line) => lines.push(line),
    env,
    cwd: '/',
  });
  return { code, stdout, stderr: lines.join('\n') };
}
