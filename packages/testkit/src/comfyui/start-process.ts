import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { z } from 'zod';
import type { FakeComfyOptions } from './fake-routes.ts';

const readySchema = z.object({ url: z.string() });

/** A fake server in a process of its own: what it starts is not taken for what the caller starts. Its faults cannot be changed. */
export async function startFakeComfyProcess(options: FakeComfyOptions = {}): Promise<{ url: string; close(): Promise<void> }> {
  const child = fork(path.join(import.meta.dirname, 'fake-process.ts'), [JSON.stringify(options)]);
  const gone = once(child, 'exit');
  const [message] = await Promise.race([
    once(child, 'message'),
    gone.then(() => {
      throw new Error('the fake server did not start');
    }),
  ]);
  return {
    url: readySchema.parse(message).url,
    async close() {
      child.kill('SIGTERM');
      await gone;
    },
  };
}
