import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { type Stack, startStack } from '@polyreel/testkit/stack';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';

const mebibyte = 1024 * 1024;
const sizeBytes = Math.max(256 * mebibyte, Math.round(Number(process.env.TEST_SCALE ?? '0.05') * 2048) * mebibyte);
let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ workers: 0 });
});
afterAll(() => stack?.stop());

/** The most memory that the process ever had. */
async function peakBytes(pid: number): Promise<number> {
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kibibytes) * 1024;
}

function* chunks(): Generator<Uint8Array> {
  const chunk = new Uint8Array(mebibyte).map((_, index) => (index * 31) % 251);
  for (let sent = 0; sent < sizeBytes; sent += chunk.length) yield chunk;
}

test.runIf(process.platform === 'linux')(
  'a large upload of any bytes passes through with flat memory',
  async () => {
    const answer = await fetch(`${stack.url}/v1/files/upload`, {
      method: 'POST',
      headers: { authorization: `Bearer ${stack.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ displayName: 'anything.bin' }),
    });
    const { fileId, uploadUrl } = z.object({ fileId: z.string(), uploadUrl: z.string() }).parse(await answer.json());
    const [api] = stack.processes;
    const before = await peakBytes(api?.pid ?? 0);
    const put = await fetch(uploadUrl, {
      method: 'PUT',
      body: Readable.toWeb(Readable.from(chunks())),
      duplex: 'half',
    });
    expect(put.status, await put.text()).toBe(200);
    expect((await peakBytes(api?.pid ?? 0)) - before).toBeLessThan(160 * mebibyte);
    const { rows } = await stack.pool.query<{ size_bytes: string; state: string }>(
      `SELECT size_bytes, state FROM files WHERE origin = 'upload'`,
    );
    expect(rows).toEqual([{ size_bytes: String(sizeBytes), state: 'ready' }]);
    expect(fileId).toMatch(/^vg_file_/);
  },
  900_000,
);
