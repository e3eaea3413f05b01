import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DomainError, type WindowCounter } from '@polyreel/core';
import { startTestPostgres } from '@polyreel/testkit/postgres';
import { startTestRedis } from '@polyreel/testkit/redis';
import { scaled } from '@polyreel/testkit/scale';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../test/until.ts';
import { createPostgresWindowCounter, createRedisWindowCounter } from '../index.ts';

interface Subject {
  readonly counter: WindowCounter;
  /** A second process's counter over the same server. */
  readonly other: WindowCounter;
  readonly url: string;
  /** Moves every window of the server into the past, as the passing of time would. */
  age(seconds: number): Promise<void>;
  /** Rows or keys left on the server. */
  countStored(): Promise<number>;
  breakServer(): Promise<void>;
  stop(): Promise<void>;
}

async function startRedisSubject(): Promise<Subject> {
  const server = await startTestRedis();
  const options = { redisUrl: server.url, onFault: () => {} };
  const [counter, other] = [await createRedisWindowCounter(options), await createRedisWindowCounter(options)];
  const client = new Redis(server.url);
  client.on('error', () => {});
  return {
    counter,
    other,
    url: server.url,
    age: async (seconds) => {
      for (const key of await client.keys('*')) {
        const length = Number(/rate:(\d+)\//.exec(key)?.[1]);
        await client.hset(key, 's', Number(await client.hget(key, 's')) - Math.ceil(seconds / length));
      }
    },
    countStored: () => client.dbsize(),
    breakServer: () => server.kill(),
    stop: async () => {
      client.disconnect();
      await Promise.all([counter.close(), other.close()]);
      await server.stop();
    },
  };
}

async function startPostgresSubject(): Promise<Subject> {
  const server = await startTestPostgres();
  const database = await server.createDatabase();
  const open = () => {
    const pool = new pg.Pool({ connectionString: database.url, max: 3 });
    pool.on('error', () => {});
    return pool;
  };
  const [pool, otherPool] = [open(), open()];
  return {
    counter: createPostgresWindowCounter(pool),
    other: createPostgresWindowCounter(otherPool),
    url: database.url,
    age: async (seconds) => {
      await otherPool.query("UPDATE rate_windows SET window_start = window_start - $1 * interval '1 second'", [seconds]);
    },
    countStored: async () => (await otherPool.query('SELECT 1 FROM rate_windows')).rowCount ?? 0,
    breakServer: async () => {
      await otherPool.query('ALTER TABLE rate_windows RENAME TO rate_windows_gone');
    },
    stop: async () => {
      await Promise.all([pool.end(), otherPool.end()]);
      await database.drop();
      await server.stop();
    },
  };
}

const long = 1_000_000_000;

describe.each([
  ['redis', startRedisSubject],
  ['postgres', startPostgresSubject],
])('window counter over %s', (kind, start) => {
  let subject: Subject;
  beforeAll(async () => {
    subject = await start();
  });
  afterAll(() => subject.stop());
  const hit = async (key: string, windowSeconds = long) => (await subject.counter.hit([{ key, windowSeconds }]))[0];

  it('counts each hit, the first as 1, and tells keys and lengths apart', async () => {
    expect(await hit('a')).toMatchObject({ count: 1 });
    expect(await hit('a')).toMatchObject({ count: 2 });
    expect(await hit('b')).toMatchObject({ count: 1 });
    expect(await hit('a', long + 1)).toMatchObject({ count: 1 });
    expect(
      (
        await subject.counter.hit([
          { key: 'a', windowSeconds: long },
          { key: 'b', windowSeconds: long },
          { key: 'a', windowSeconds: long },
        ])
      ).map(({ count }) => count),
    ).toEqual([3, 2, 4]);
    expect(await subject.counter.hit([])).toEqual([]);
  });

  it('says how many whole seconds are left: at least 1, at most the length', async () => {
    for (const windowSeconds of [1, 2, 60, 3600, 86_400]) {
      const seconds = (await hit('reset', windowSeconds))?.resetSeconds ?? 0;
      expect(Number.isInteger(seconds)).toBe(true);
      expect(seconds).toBeGreaterThanOrEqual(1);
      expect(seconds).toBeLessThanOrEqual(windowSeconds);
    }
    // Windows begin at multiples of their length since 1970, the same in every process and on both backends.
    const before = Math.floor(Date.now() / 1000);
    const left = (await hit('aligned', long))?.resetSeconds ?? 0;
    expect(Math.abs(long - (before % long) - left)).toBeLessThan(30);
  });

  it('gives each of many callers at once its own exact count, through two connections', async () => {
    const count = scaled(2000);
    const counts = await Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const counter = index % 2 === 0 ? subject.counter : subject.other;
        return (await counter.hit([{ key: 'crowd', windowSeconds: long }]))[0]?.count ?? 0;
      }),
    );
    expect(counts.sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
  });

  it('is exact over two processes', async () => {
    const hits = scaled(200) * 10;
    const script = fileURLToPath(new URL('../../test/hit-process.ts', import.meta.url));
    const run = async () => {
      const { stdout } = await promisify(execFile)(process.execPath, [script, kind, subject.url, String(hits)], {
        timeout: 100_000,
      });
      return stdout.trim().slice(1, -1).split(',').map(Number);
    };
    const [one, two] = await Promise.all([run(), run()]);
    expect([...one, ...two].sort((a, b) => a - b)).toEqual(Array.from({ length: 2 * hits }, (_, index) => index + 1));
    expect(one).toHaveLength(hits);
  });

  it('never locks up when callers take many keys in opposite orders', async () => {
    const keys = Array.from({ length: 50 }, (_, index) => ({ key: `order-${index}`, windowSeconds: long }));
    const rounds = scaled(40);
    for (let round = 0; round < rounds; round += 1) {
      await Promise.all([subject.counter.hit(keys), subject.other.hit(keys.toReversed())]);
    }
    expect((await subject.counter.hit(keys)).map(({ count }) => count)).toEqual(keys.map(() => 2 * rounds + 1));
  });

  it('starts anew in the next window', async () => {
    await hit('rolls', 7200);
    expect(await hit('rolls', 7200)).toMatchObject({ count: 2 });
    await subject.age(7200);
    expect(await hit('rolls', 7200)).toMatchObject({ count: 1 });
  });

  it('forgets windows that are over', async () => {
    await hit('short', 1);
    if (kind === 'postgres') {
      await subject.age(2 * long + 60);
      expect(await hit('kept')).toMatchObject({ count: 1 });
      const pool = new pg.Pool({ connectionString: subject.url, max: 1 });
      expect(await createPostgresWindowCounter(pool).removeExpired()).toBeGreaterThan(0);
      expect(await createPostgresWindowCounter(pool).removeExpired()).toBe(0);
      await pool.end();
      expect(await subject.countStored()).toBe(1);
    } else {
      const before = await subject.countStored();
      await hit('brief', 1);
      await until('the key to go', async () => ((await subject.countStored()) <= before ? true : undefined));
    }
  });

  it('refuses a window that is none', async () => {
    await expect(subject.counter.hit([{ key: '', windowSeconds: 60 }])).rejects.toThrow(RangeError);
    await expect(subject.counter.hit([{ key: 'x', windowSeconds: 0 }])).rejects.toThrow(RangeError);
    await expect(subject.counter.hit([{ key: 'x', windowSeconds: 1.5 }])).rejects.toThrow(RangeError);
  });

  it('fails every caller with one clear error while the server is away', async () => {
    await subject.breakServer();
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => hit('lost')));
    for (const result of results) {
      expect(result.status).toBe('rejected');
      if (result.status !== 'rejected') continue;
      expect(result.reason).toBeInstanceOf(DomainError);
      expect(result.reason).toMatchObject({ kind: 'backend_unavailable', code: 'counter_unavailable' });
    }
  });
});
