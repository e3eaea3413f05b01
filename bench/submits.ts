import { startStack } from '@polyreel/testkit/stack';
import autocannon from 'autocannon';
import pg from 'pg';
import type { BenchRow } from './bench-row.ts';

const seconds = 8;
const connections = 32;
const accounts = 100;

/** Durable submits (job, steps and event committed before the answer) against the bare commit of one small row. */
export async function benchSubmits(): Promise<BenchRow[]> {
  const stack = await startStack({
    workers: 1,
    env: {
      MAX_ACTIVE_JOBS_PER_ACCOUNT: '1000000',
      MAX_QUEUED_STEPS: '10000000',
      VIDGEN_V2_RATE_LIMITS: 'all=off,generate=off',
      LOG_LEVEL: 'warn',
    },
  });
  try {
    await Promise.all(stack.processes.filter((one) => one.name === 'worker').map((one) => one.kill('SIGTERM')));
    const keys: string[] = [];
    // As many accounts as keep below their limits.
    for (let index = 0; index < accounts; index += 1) keys.push((await stack.createAccount()).key);
    const result = await autocannon({
      url: `${stack.url}/api/v2`,
      method: 'POST',
      requests: keys.map((key) => ({
        headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${key}` },
        body: JSON.stringify({ action: 'generate', scenes: [{ prompt: 'calm sea at sunset' }] }),
      })),
      duration: seconds,
      connections,
    });
    if (result.non2xx > 0) throw new Error(`${result.non2xx} submits were refused`);
    const { rows } = await stack.pool.query('SELECT count(*)::int AS count FROM jobs');
    if (rows[0].count < result['2xx']) throw new Error(`${result['2xx']} submits were answered, ${rows[0].count} jobs exist`);
    const reference = await commitsPerSecond(stack.databaseUrl);
    return [
      {
        name: 'durable submits per second',
        value: result.requests.average,
        unit: '1/s',
        reference: 'commits of one row',
        referenceValue: reference,
        ratio: result.requests.average / reference,
        goal: '>= 300/s',
      },
    ];
  } finally {
    await stack.stop();
  }
}

/** Single-row transactions over as many connections as the api's pool holds. */
async function commitsPerSecond(url: string): Promise<number> {
  const pool = new pg.Pool({ connectionString: url, max: 20 });
  await pool.query('CREATE TABLE bench_commits (id bigserial PRIMARY KEY, body text)');
  const end = Date.now() + seconds * 500;
  let commits = 0;
  await Promise.all(
    Array.from({ length: 20 }, async () => {
      while (Date.now() < end) {
        await pool.query(`INSERT INTO bench_commits (body) VALUES ('x')`);
        commits += 1;
      }
    }),
  );
  await pool.end();
  return commits / (seconds / 2);
}
