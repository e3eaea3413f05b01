/** A process of its own that hits one window and prints every count it got. Arguments: backend, URL, hits. */
import pg from 'pg';
import { createPostgresWindowCounter, createRedisWindowCounter } from '../src/index.ts';

const [kind = '', url = '', hits = ''] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString: url, max: 3 });
const counter =
  kind === 'redis'
    ? await createRedisWindowCounter({ redisUrl: url, onFault: ({ error }) => process.stderr.write(`${error.message}\n`) })
    : createPostgresWindowCounter(pool);
const counts: number[] = [];
const lane = async () => {
  for (let index = 0; index < Number(hits) / 10; index += 1) {
    const [total] = await counter.hit([{ key: 'shared', windowSeconds: 1_000_000_000 }]);
    counts.push(total?.count ?? 0);
  }
};
await Promise.all(Array.from({ length: 10 }, lane));
process.stdout.write(`${JSON.stringify(counts)}\n`);
if ('close' in counter) await counter.close();
await pool.end();
