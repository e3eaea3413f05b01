import { findFreePort, type Stack, startStack } from '@polyreel/testkit/stack';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { pollUntil } from './wait.ts';

let stack: Stack;
let other: string;

beforeAll(async () => {
  stack = await startStack();
  const port = await findFreePort();
  await stack.startApi({ PORT: String(port) });
  other = `http://127.0.0.1:${port}`;
  // The job must stay queued: nobody works.
  await Promise.all(stack.processes.filter((one) => one.name === 'worker').map((one) => one.kill('SIGTERM')));
});
afterAll(() => stack?.stop());

async function call(base: string, body: unknown): Promise<unknown> {
  const answer = await fetch(`${base}/api/v2`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${stack.key}` },
    body: JSON.stringify(body),
  });
  return answer.json();
}
const stateAt = async (base: string, id: string) =>
  z.looseObject({ status: z.string() }).parse(await call(base, { action: 'status', id })).status;

test('a change through one api is seen through the other, though both remember views', async () => {
  const { id } = z
    .looseObject({ id: z.string() })
    .parse(await call(stack.url, { action: 'generate', scenes: [{ prompt: 'sea' }] }));
  for (const base of [stack.url, other]) expect(await stateAt(base, id)).toBe('IN_QUEUE');
  await stack.pool.query(
    `UPDATE jobs SET state = 'cancelled', finished_at = now(), updated_at = now(), version = version + 1 WHERE external_id = $1`,
    [id],
  );
  for (const base of [stack.url, other])
    expect(
      await pollUntil(
        () => stateAt(base, id),
        (state) => state !== 'IN_QUEUE',
        5000,
      ),
    ).toBe('FAILED');
});

test('a key revoked in the database is dead everywhere', async () => {
  const { accountId, key } = await stack.createAccount();
  const status = async (base: string) => (await fetch(`${base}/api/jobs`, { headers: { 'X-API-Key': key } })).status;
  for (const base of [stack.url, other]) expect(await status(base)).toBe(200);
  await stack.pool.query('UPDATE api_keys SET revoked_at = now() WHERE account_id = $1', [accountId]);
  for (const base of [stack.url, other])
    await pollUntil(
      () => status(base),
      (code) => code === 401,
      5000,
    );
});
