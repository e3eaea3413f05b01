import { Readable, Writable } from 'node:stream';
import { runCommand } from '../src/cli/run-command.ts';

export interface Operated {
  readonly code: number;
  readonly stdout: string;
  /** Standard output as it came. */
  readonly bytes: Buffer;
  readonly stderr: string;
}

/** One command of the operator in this process, over real services. */
export async function operate(argv: readonly string[], env: NodeJS.ProcessEnv, stdin: string | Buffer = ''): Promise<Operated> {
  const chunks: Buffer[] = [];
  const lines: string[] = [];
  const code = await runCommand(argv, {
    stdin: Readable.from([stdin]),
    stdout: new Writable({
      write(chunk: Buffer, _encoding, done) {
        chunks.push(chunk);
        done();
      },
    }),
    say: (line) => lines.push(line),
    env,
    cwd: '/',
  });
  const bytes = Buffer.concat(chunks);
  return { code, stdout: bytes.toString(), bytes, stderr: lines.join('\n') };
}
