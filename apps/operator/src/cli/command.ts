import type { Readable, Writable } from 'node:stream';
import type { LoadedConfig } from '@polyreel/config';
import type { surfaceSchemas } from '@polyreel/surfaces';
import type { Arguments } from './arguments.ts';

export type OperatorConfig = LoadedConfig<typeof surfaceSchemas>;

export interface CommandIo {
  readonly stdin: Readable;
  readonly stdout: Writable;
  /** One line for a person, on standard error. */
  readonly say: (line: string) => void;
  readonly env: NodeJS.ProcessEnv;
  /** What relative paths on the command line mean. */
  readonly cwd: string;
}

export interface CommandContext extends CommandIo {
  readonly config: OperatorConfig;
  readonly args: Arguments;
}

export interface Command {
  /** Words that name it: `key create`. */
  readonly words: string;
  /** What follows them. */
  readonly usage: string;
  readonly summary: string;
  readonly flags: readonly string[];
  /** Returns the exit code. */
  run(context: CommandContext): Promise<number>;
}
