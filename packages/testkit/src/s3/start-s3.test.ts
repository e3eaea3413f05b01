import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { findMissingForS3, s3ServerKinds, startS3 } from './start-s3.ts';

const program = (kind: string) => `
  import { startS3 } from ${JSON.stringify(import.meta.resolve('./start-s3.ts'))};
  console.log((await startS3('${kind}')).endpoint);
  setInterval(() => {}, 1000);
`;

const isServing = (endpoint: string) =>
  fetch(endpoint, { signal: AbortSignal.timeout(10_000) }).then(
    () => true,
    () => false,
  );

for (const kind of s3ServerKinds) {
  const missing = await findMissingForS3(kind);
  describe.skipIf(missing !== null && process.env.REQUIRE_ALL !== '1')(`the S3 server ${kind}`, () => {
    it('refuses a stranger, and is gone after stop', async () => {
      const server = await startS3(kind);
      const answer = await fetch(server.endpoint, { signal: AbortSignal.timeout(60_000) });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      await server.stop();
      expect(await isServing(server.endpoint)).toBe(false);
    }, 120_000);

    it('does not outlive a process that is killed', async () => {
      const parent = spawn(process.execPath, ['--input-type=module-typescript', '-e', program(kind)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const endpoint = await new Promise<string>((resolve, reject) => {
        createInterface({ input: parent.stdout }).once('line', resolve);
        parent.once('exit', (code) => reject(new Error(`the parent ended with ${code}`)));
      });
      expect(await isServing(endpoint)).toBe(true);
      parent.kill('SIGKILL');
      await expect.poll(() => isServing(endpoint), { timeout: 60_000 }).toBe(false);
    }, 180_000);
  });
}
