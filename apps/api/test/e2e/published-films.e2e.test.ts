import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openIndependentReader, startStampAuthority } from '@polyreel/media/trials';
import { type Stack, startStack } from '@polyreel/testkit/stack';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { pollUntil } from './wait.ts';

/** Between the smaller and the larger of the films made here. */
const embedBytesMax = 120_000;
const small = { width: 64, height: 64 };
const large = { width: 320, height: 192 };

let stack: Stack;
let folder: string;
let authority: Awaited<ReturnType<typeof startStampAuthority>>;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'polyreel-published-'));
  authority = await startStampAuthority(path.join(folder, 'authority'));
  stack = await startStack({ env: { C2PA_MAX_BYTES: String(embedBytesMax), C2PA_TSA_URL: authority.url } });
});
afterAll(async () => {
  await stack?.stop();
  await authority?.close();
  await rm(folder, { recursive: true, force: true });
});

const authorization = (): string => `Bearer ${stack.key}`;
const vidgen = async (body: object): Promise<unknown> =>
  (
    await fetch(`${stack.url}/api/v2`, {
      method: 'POST',
      headers: { authorization: authorization(), 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  ).json();
const statusSchema = z.looseObject({ status: z.string() });
const doneSchema = z.object({
  status: z.literal('COMPLETED'),
  compliance: z.literal('safe'),
  meta: z.looseObject({
    fingerprint: z.string().regex(/^[0-9a-f]{64}$/),
    c2pa: z.literal(true),
    c2pa_manifest: z.enum(['embedded', 'sidecar']),
    images: z.array(z.object({ url: z.string(), filename: z.string(), type: z.string() })),
  }),
});

/** Files of a finished film by their type. */
async function publish(name: string, body: object) {
  const { id } = z.looseObject({ id: z.string() }).parse(await vidgen({ action: 'generate', ...body }));
  const done = await pollUntil(
    async () => statusSchema.parse(await vidgen({ action: 'status', id })),
    ({ status }) => status !== 'IN_QUEUE' && status !== 'IN_PROGRESS',
    240_000,
  );
  const { meta } = doneSchema.parse(done);
  const files = new Map<string, string>();
  for (const { url, type } of meta.images) {
    const file = path.join(folder, `${name}-${type}`);
    await writeFile(file, Buffer.from(await (await fetch(url)).arrayBuffer()));
    files.set(type, file);
  }
  return { meta, types: [...files.keys()], file: (type: string) => files.get(type) ?? '' };
}

async function verify(file: string, mediaType: string): Promise<unknown> {
  const headers = { authorization: authorization(), 'content-type': mediaType };
  return (await fetch(`${stack.url}/verify`, { method: 'POST', headers, body: await readFile(file) })).json();
}

test('films of two workers are signed by one development key, with a time, inside the film or beside it', async () => {
  const scenes = [{ prompt: 'fields in the wind' }];
  const first = await publish('small', { ...small, scenes, cs_title: 'A small film', cs_author: 'A. Author' });
  expect(first.meta.c2pa_manifest).toBe('embedded');
  expect(first.types).toEqual(['signed', 'thumbnail']);

  // Another worker goes on in its place: nothing is shared between them but the database.
  await Promise.all(stack.processes.filter(({ name }) => name === 'worker').map((one) => one.kill('SIGTERM')));
  await stack.startWorker();
  const second = await publish('large', { ...large, scenes, wm_text: 'Made by AI' });
  expect(second.meta.c2pa_manifest).toBe('sidecar');
  expect(second.types).toEqual(['signed', 'thumbnail', 'manifest']);

  // The api, a third process, trusts whatever was signed under the one authority.
  expect(await verify(first.file('signed'), 'video/mp4')).toMatchObject({
    c2pa: {
      ...{ state: 'trusted', title: 'A small film', faults: [], signedAt: expect.stringMatching(/^20\d\d-/) },
      actions: ['c2pa.created', 'c2pa.watermarked.bound'],
      digitalSourceType: expect.stringMatching(/trainedAlgorithmicMedia$/),
      fingerprint: first.meta.fingerprint,
    },
    // A picture this small has hardly a pixel for each part of the mark; its likeness finds it then.
    found_by: expect.stringMatching(/^(watermark|fingerprint)$/),
    record: { is_yours: true, manifest: 'embedded', fingerprint: first.meta.fingerprint, job: { surface: 'vidgen-v2' } },
  });
  expect(await verify(second.file('signed'), 'video/mp4')).toMatchObject({
    ...{ c2pa: { state: 'none' }, found_by: 'watermark', record: { is_yours: true, manifest: 'sidecar' } },
  });
  for (const { file } of [first, second])
    expect(await verify(file('thumbnail'), 'image/jpeg')).toMatchObject({ c2pa: { state: 'trusted', faults: [] } });
  expect(authority.answered()).toBe(4);
  const { rows } = await stack.pool.query('SELECT name, sealed FROM server_secrets');
  expect(rows).toHaveLength(1);
  expect(rows[0]?.sealed).not.toContain('PRIVATE KEY');

  const reader = await openIndependentReader();
  const verdicts = await reader?.([
    { mediaType: 'video/mp4', path: first.file('signed') },
    { mediaType: 'video/mp4', path: second.file('signed'), manifest: second.file('manifest') },
    { mediaType: 'image/jpeg', path: second.file('thumbnail') },
  ]);
  for (const verdict of verdicts ?? []) expect(verdict).toMatchObject({ state: 'Valid' });
});
