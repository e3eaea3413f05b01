import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Engine } from '@polyreel/core';
import { keyText, modelCapabilities } from '@polyreel/testkit/surface-app';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finished, type HarnessV2, startV2 } from '../../test/harness-v2.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'polyreel-clients-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The document's own client, unchanged but for base URL and key. */
async function runClient(app: HarnessV2, name: 'seed-client.js' | 'seed-client.py') {
  const text = await readFile(new URL(`./fixtures/${name}`, import.meta.url), 'utf8');
  const program = path.join(await mkdtemp(path.join(folder, 'run-')), name.replace('.js', '.mjs'));
  await writeFile(
    program,
    text.replace('https://vidgen.umbrosus.com/api/v2', `${await app.listen()}/api/v2`).replace('your-api-key', keyText('owner')),
  );
  const command = name.endsWith('.py') ? 'python3' : process.execPath;
  return promisify(execFile)(command, [program], { timeout: 100_000, env: { PATH: process.env.PATH } });
}

/** Jobs that have come to `end` by the time anybody asks. */
async function startEnding(end: 'succeeded' | 'failed'): Promise<HarnessV2> {
  const endAtOnce =
    (jobs: () => HarnessV2['jobs']) =>
    (engine: Engine): Engine => ({
      ...engine,
      async submit(request) {
        const job = await engine.submit(request);
        jobs().change(job.externalId, { state: 'running' });
        const outputName = 'outputName' in request.spec ? request.spec.outputName : '';
        jobs().change(
          job.externalId,
          end === 'succeeded' ? finished(outputName) : { state: 'failed', error: { code: 'x', message: 'The model refused' } },
        );
        return job;
      },
    });
  const app: HarnessV2 = await startV2({}, { capabilities: modelCapabilities, changeEngine: endAtOnce(() => app.jobs) });
  return app;
}

describe.concurrent.each(['seed-client.js', 'seed-client.py'] as const)("the document's %s", (name) => {
  it('runs to a URL', async () => {
    const { stdout } = await runClient(await startEnding('succeeded'), name);
    expect(stdout).toMatch(/URL: https:\/\/files\.test\/[a-z0-9]{20}_fp_00001\.mp4\?token=/);
  });

  it('ends with the reason when the job fails', async () => {
    const failure = await runClient(await startEnding('failed'), name).catch((error: unknown) => error);
    expect(failure).toMatchObject({ stderr: expect.stringContaining('The model refused') });
  });

  it('ends with the reason when the submission is refused', async () => {
    const app = await startV2({}, { capabilities: [] });
    const failure = await runClient(app, name).catch((error: unknown) => error);
    expect(failure).toMatchObject({ stderr: expect.stringContaining('Generation failed') });
  });
});
