import type { WindowCounter } from '@polyreel/core';
import { z } from 'zod';
import { createFaultReporter, type OnQueueFault } from '../fault-reporter.ts';
import { openCommandClient } from '../redis-backend.ts';
import { createHitCoalescer, type HitSum } from './hit-coalescer.ts';

export interface RedisWindowCounter extends WindowCounter {
  close(): Promise<void>;
}

/**
 * One hash a window: `s` numbers the window (windows begin at multiples of their length by the server's clock), `c` counts.
 * Runs as one unit on the server; the key goes when its window ends.
 */
const addScript = `
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
local totals = {}
for i, key in ipairs(KEYS) do
  local lengthMs = ARGV[2 * i - 1] * 1000
  local index = string.format('%.0f', math.floor(nowMs / lengthMs))
  if redis.call('HGET', key, 's') ~= index then
    redis.call('HSET', key, 's', index, 'c', 0)
    redis.call('PEXPIRE', key, lengthMs)
  end
  totals[i] = { redis.call('HINCRBY', key, 'c', ARGV[2 * i]), (index + 1) * lengthMs - nowMs }
end
return totals`;

const totalsSchema = z.array(z.tuple([z.int(), z.int()]));

/** Fails fast (DomainError `backend_unavailable`) while Redis is away, and goes on by itself when it is back. */
export async function createRedisWindowCounter({
  redisUrl,
  prefix = 'polyreel',
  onFault,
}: {
  redisUrl: string;
  prefix?: string;
  onFault: OnQueueFault;
}): Promise<RedisWindowCounter> {
  const report = createFaultReporter(onFault);
  const client = await openCommandClient(redisUrl, (error) => report('redis', error));
  const addAll = async (sums: readonly HitSum[]) => {
    const keys = sums.map(({ key, windowSeconds }) => `${prefix}:rate:${windowSeconds}/${key}`);
    const amounts = sums.flatMap(({ windowSeconds, hits }) => [windowSeconds, hits]);
    const totals = totalsSchema.parse(await client.eval(addScript, keys.length, ...keys, ...amounts));
    return totals.map(([count, resetMs]) => ({ count, resetSeconds: Math.max(1, Math.ceil(resetMs / 1000)) }));
  };
  return { hit: createHitCoalescer(addAll), close: async () => client.disconnect() };
}
