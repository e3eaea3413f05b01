import { startTestPostgres, type TestPostgres } from '@polyreel/testkit/postgres';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newJob } from '../test/factories.ts';
import { type OpenTestDatabase, openTestDatabase } from '../test/open-test-database.ts';
import { claimOf, stateOf } from '../test/step-helpers.ts';
import { waitFor } from '../test/wait-for.ts';
import { startCluster } from './embedded/index.ts';
import type { JobSignal } from './listener.ts';
import { openDatabase } from './open-database.ts';

describe('announcements', () => {
  let db: OpenTestDatabase;
  beforeEach(async () => {
    db = await openTestDatabase({ expectsFaults: true });
    await db.addAccount(1);
  });
  afterEach(() => db.drop());

  /** The database ends the listening connections, as a restart or a firewall would. */
  const cutListeners = () =>
    db.pool.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'polyreel listener'`);

  it('carry every change of a job to other processes, versions rising, the last one after the end is committed', async () => {
    const other = await db.openAnother();
    const heard: (JobSignal | null)[] = [];
    await other.listen('jobs', (signal) => heard.push(signal));
    expect(other.isListening()).toBe(true);
    const job = newJob();
    await db.jobs.submit(job);
    const step = await claimOf(db, job);
    await db.steps.heartbeat([{ ...step, progressRatio: 0.5 }]);
    await db.steps.succeed(step, { artifacts: [], warnings: [] }, []);
    const last = await waitFor('the end of the job', () => heard.find((signal) => signal?.state === 'succeeded') ?? null);
    expect(last).toEqual({ id: job.id, version: 4, state: 'succeeded', progressRatio: 1, eventSeq: 3 });
    expect(heard.map((signal) => [signal?.version, signal?.state, signal?.progressRatio])).toEqual([
      [2, 'running', 0],
      [3, 'running', 0.5],
      [4, 'succeeded', 1],
    ]);
  });

  it('of keys come with a revocation, and with an account that is switched off', async () => {
    const heard: string[] = [];
    await db.listen('keys', (signal) => heard.push(signal?.id ?? 'gap'));
    expect(await db.accounts.revokeKey('key_1')).toBe(true);
    await waitFor('the revocation', () => heard.includes('key_1'));
    await db.prisma.account.update({ where: { id: 'usr_1' }, data: { state: 'disabled' } });
    await waitFor('the account', () => heard.includes('usr_1'));
  });

  it('stop after unsubscribing, and a handler that throws disturbs no other', async () => {
    const faults: unknown[] = [];
    const other = await db.openAnother({ onError: (error) => faults.push(error) });
    const heard = { first: 0, second: 0 };
    await other.listen('keys', () => {
      throw new Error('careless');
    });
    const stop = await other.listen('keys', () => {
      heard.first += 1;
    });
    await other.listen('keys', () => {
      heard.second += 1;
    });
    await db.accounts.revokeKey('key_1');
    await waitFor('the first', () => heard.second === 1);
    expect(heard.first).toBe(1);
    stop();
    await db.addAccount(2);
    await db.accounts.revokeKey('key_2');
    await waitFor('the second', () => heard.second === 2);
    expect(heard.first).toBe(1);
    expect(faults).toHaveLength(2);
  });

  it('come back by themselves after the connection broke, and say that some may be missing', async () => {
    const states: boolean[] = [];
    const other = await db.openAnother({ onListening: (isUp) => states.push(isUp) });
    const heard: (string | null)[] = [];
    await other.listen('keys', (signal) => heard.push(signal === null ? null : signal.id));
    for (let round = 1; round <= 5; round += 1) {
      await cutListeners();
      await waitFor('the gap', () => heard.filter((id) => id === null).length === round);
      expect(other.isListening()).toBe(true);
    }
    await db.accounts.revokeKey('key_1');
    await waitFor('a signal after the gaps', () => heard.includes('key_1'));
    expect(states.filter((isUp) => !isUp)).toHaveLength(5);
  });

  it('of a channel subscribed to while the connection is down are heard once it is up', async () => {
    const other = await db.openAnother();
    await other.listen('keys', () => undefined);
    await cutListeners();
    await waitFor('the cut', () => !other.isListening());
    const heard: string[] = [];
    await other.listen('jobs', (signal) => heard.push(signal?.id ?? 'gap'));
    await waitFor('listening', () => other.isListening());
    const job = newJob();
    await db.jobs.submit(job);
    await claimOf(db, job);
    await waitFor('the job', () => heard.includes(job.id));
  });
});

describe('a database that does not answer', () => {
  it('is a DomainError that says so and may be waited out', async () => {
    const silent = { url: 'postgresql://nobody@127.0.0.1:9/none', poolSize: 1, onError: () => undefined };
    await expect(openDatabase(silent)).rejects.toMatchObject({
      kind: 'backend_unavailable',
      code: 'database_unavailable',
      retryAfterSeconds: 5,
    });
  });

  it('ends a statement in the middle with that error, and serves the next one', async () => {
    const db = await openTestDatabase({ expectsFaults: true });
    const cut = db.sql.transaction(async (tx) => {
      await tx.run({ text: `INSERT INTO settings (name, value) VALUES ('half', 'done')` });
      const own = await tx.row<{ pid: number }>({ text: 'SELECT pg_backend_pid() AS pid' });
      await db.pool.query('SELECT pg_terminate_backend($1)', [own?.pid]);
      await tx.run({ text: `INSERT INTO settings (name, value) VALUES ('other half', 'done')` });
    });
    await expect(cut).rejects.toMatchObject({ kind: 'backend_unavailable' });
    await db.ping();
    expect(await db.settings.read('half')).toBeNull();
    await db.drop();
  });

  it('closes at once, twice if asked, and refuses work afterwards', async () => {
    const db = await openTestDatabase();
    await Promise.all([db.close(), db.close()]);
    await expect(db.ping()).rejects.toThrow(/after calling end/);
    await db.drop();
  });
});

describe('a kill -9 of the database server (fsync on)', () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startTestPostgres({ isDurable: true });
  }, 180_000);
  afterAll(() => server.stop(), 180_000);

  it('loses nothing that was answered, and open processes come back by themselves', async () => {
    const { url } = await server.createDatabase();
    const db = await openDatabase({ url, poolSize: 4, onError: () => undefined });
    await db.accounts.createAccount({ id: 'usr_1', name: 'one', role: 'admin' });
    let gaps = 0;
    await db.listen('jobs', (signal) => {
      if (signal === null) gaps += 1;
    });
    const jobs = Array.from({ length: 5 }, () => newJob({ keyId: null }));
    for (const job of jobs) await db.jobs.submit(job);
    const held = await claimOf(db, jobs[0] ?? newJob());

    const restart = await killServer(url);
    await waitFor('the listener to notice', () => !db.isListening());
    await expect(db.jobs.findById(held.jobId)).rejects.toMatchObject({ kind: 'backend_unavailable' });
    await expect(db.settings.read('marker')).rejects.toMatchObject({ kind: 'backend_unavailable' });
    await restart();
    await waitFor('the listener to come back', () => db.isListening() && gaps === 1);
    for (const job of jobs.slice(1)) expect(await stateOf(db, job)).toBe('queued');
    expect(await db.steps.succeed(held, { artifacts: [], warnings: [] }, [])).toMatchObject({ jobEnded: true });
    await db.close();
  });

  /** Ends the server the hard way; the returned function starts it again on the same folder and port. */
  async function killServer(url: string): Promise<() => Promise<void>> {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined);
    await client.connect();
    const { rows } = await client.query<{ dir: string; pid: string }>(
      `SELECT current_setting('data_directory') AS dir, split_part(pg_read_file('postmaster.pid'), E'\\n', 1) AS pid`,
    );
    const { dir, pid } = rows[0] ?? { dir: '', pid: '' };
    process.kill(Number(pid), 'SIGKILL');
    await client.end().catch(() => undefined);
    const port = Number(new URL(url).port);
    return async () => {
      await startCluster({ dataDir: dir, copyDir: dir, port, password: new URL(url).password });
    };
  }
});
