import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ClosableJsonBodyPool, createJsonBodyPool, type JsonBodyPoolOptions } from './json-body-pool.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'polyreel-json-pool-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const pools: ClosableJsonBodyPool[] = [];
const open = (options: JsonBodyPoolOptions = {}): ClosableJsonBodyPool => {
  const pool = createJsonBodyPool(options);
  pools.push(pool);
  return pool;
};
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

/** A body in a folder of its own. */
async function prepare(body: string) {
  const scratchPath = await mkdtemp(path.join(folder, 'request-'));
  const bodyPath = path.join(scratchPath, 'body');
  await writeFile(bodyPath, body);
  return { bodyPath, scratchPath, maxDataBytes: 1_000_000 };
}
const scan = async (pool: ClosableJsonBodyPool, body: string) => pool.scan(await prepare(body));

const dyingThread = new URL('../../test/json-pool/dying-thread.ts', import.meta.url);

describe('the pool with its own threads', () => {
  it('hands back what is left of a body, and its data URIs as files', async () => {
    const bytes = Buffer.alloc(500_000, 'picture');
    const body = JSON.stringify({ prompt: 'sea', frame: `data:image/png;base64,${bytes.toString('base64')}` });
    const { text, moved } = await scan(open(), body);
    const [[placeholder, frame] = []] = [...moved];
    expect(JSON.parse(text)).toEqual({ prompt: 'sea', frame: placeholder });
    if (frame?.kind !== 'file') throw new Error('not a file');
    expect(frame).toMatchObject({ declaredType: 'image/png', sizeBytes: bytes.length });
    expect((await readFile(frame.path)).equals(bytes)).toBe(true);
  });

  it('uses another nonce for each body', async () => {
    const pool = open();
    const body = JSON.stringify(['x'.repeat(100_000)]);
    const [first, second] = [await scan(pool, body), await scan(pool, body)];
    expect(first.text).not.toBe(second.text);
  });

  it('rejects with SyntaxError for bad JSON, and with too_large for what is large without its strings', async () => {
    const pool = open();
    await expect(scan(pool, `{"a":"${'x'.repeat(100_000)}`)).rejects.toBeInstanceOf(SyntaxError);
    await expect(scan(pool, `[${'0,'.repeat(1_000_000)}0]`)).rejects.toMatchObject({
      kind: 'too_large',
      code: 'json_too_complex',
    });
    expect((await scan(pool, '{"still":"alive"}')).text).toBe('{"still":"alive"}');
  });

  it('rejects with a plain error when the body is not there', async () => {
    await expect(open().scan({ bodyPath: path.join(folder, 'none'), scratchPath: folder, maxDataBytes: 1 })).rejects.toThrow(
      /ENOENT/,
    );
  });
});

describe('the pool and threads that die', () => {
  it.each([
    ['exits', 'exit', 'internal', 'json_thread_died'],
    ['throws', 'throw', 'internal', 'json_thread_died'],
    ['hangs', 'hang', 'internal', 'json_thread_hung'],
    ['runs out of memory', 'eat', 'too_large', 'json_too_complex'],
  ])('a thread that %s costs its own body and is replaced', async (_name, body, kind, code) => {
    const pool = open({ threadUrl: dyingThread, threads: 1, maxWaitMs: 60_000, maxScanMs: body === 'hang' ? 2000 : 60_000 });
    const dead = expect(scan(pool, body)).rejects.toMatchObject({ kind, code });
    const next = expect(scan(pool, 'next')).resolves.toMatchObject({ text: 'next' });
    await Promise.all([dead, next]);
    await expect(scan(pool, 'again')).resolves.toMatchObject({ text: 'again' });
  });
});

describe('the pool when it is busy', () => {
  it('serves in order of arrival', async () => {
    const pool = open({ threadUrl: dyingThread, threads: 1, maxWaitMs: 60_000 });
    const requests = await Promise.all(Array.from({ length: 8 }, (_, index) => prepare(index % 3 === 0 ? 'wait' : 'x')));
    const done: number[] = [];
    await Promise.all(requests.map((request, index) => pool.scan(request).then(() => done.push(index))));
    expect(done).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('has no more threads than it may, and keeps them', async () => {
    const pool = open({ threadUrl: dyingThread, threads: 2, maxWaitMs: 60_000 });
    const answers = await Promise.all(Array.from({ length: 12 }, () => scan(pool, 'thread id')));
    expect(new Set(answers.map(({ text }) => text)).size).toBeLessThanOrEqual(2);
  });

  it('tells who waited too long to come back, and forgets it', async () => {
    const pool = open({ threadUrl: dyingThread, threads: 1, maxWaitMs: 50, maxScanMs: 3000 });
    const [first, second] = [await prepare('hang'), await prepare('x')];
    const hung = expect(pool.scan(first)).rejects.toMatchObject({ code: 'json_thread_hung' });
    await expect(pool.scan(second)).rejects.toMatchObject({ kind: 'overloaded', code: 'json_pool_busy', retryAfterSeconds: 10 });
    await hung;
    await expect(scan(pool, 'y')).resolves.toMatchObject({ text: 'y' });
  });

  it('refuses everything once it is closed, waiting bodies included', async () => {
    const pool = open({ threadUrl: dyingThread, threads: 1, maxWaitMs: 60_000 });
    const [first, second] = [await prepare('hang'), await prepare('x')];
    const running = expect(pool.scan(first)).rejects.toMatchObject({ kind: 'internal' });
    const waiting = expect(pool.scan(second)).rejects.toMatchObject({ kind: 'overloaded' });
    await pool.close();
    await waiting;
    await running;
    await expect(scan(pool, 'x')).rejects.toMatchObject({ kind: 'overloaded' });
  });
});
