import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { startStack } from '@polyreel/testkit/stack';
import type { BenchRow } from './bench-row.ts';
import { load, median } from './load.ts';
import { submitScene } from './submit-scene.ts';

const rounds = 5;
const seconds = 4;
const connections = 100;

/** Status polls with key check and rate-limit headers, against a bare Fastify route, alternating in the same run. */
export async function benchStatusPolls(): Promise<BenchRow[]> {
  const stack = await startStack({
    workers: 1,
    env: { VIDGEN_V1_RATE_LIMITS: 'all=999999999/1m,submit=999999999/1m', LOG_LEVEL: 'warn' },
  });
  const bare = spawn(process.execPath, [path.join(import.meta.dirname, 'bare-server.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    const [bareUrl] = await once(createInterface({ input: bare.stdout }), 'line');
    // A job of the surface that is polled: submitted while a worker lives, then left alone.
    const jobId = await submitScene.talking(stack);
    await Promise.all(stack.processes.filter((one) => one.name === 'worker').map((one) => one.kill('SIGTERM')));
    const ours = { url: `${stack.url}/api/status/${jobId}`, headers: { 'X-API-Key': stack.key } };
    const reference = { url: `${bareUrl}/api/status/${jobId}` };
    for (const warm of [ours, reference]) await load({ ...warm, seconds: 2, connections });
    const pairs: { ours: number; reference: number; p99Ms: number }[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const b = await load({ ...reference, seconds, connections });
      const a = await load({ ...ours, seconds, connections });
      if (a.non2xx > 0) throw new Error(`${a.non2xx} polls were not answered 200`);
      pairs.push({ ours: a.perSecond, reference: b.perSecond, p99Ms: a.p99Ms });
    }
    return [
      {
        name: 'status polls per second',
        value: median(pairs.map((pair) => pair.ours)),
        unit: '1/s',
        reference: 'bare Fastify route',
        referenceValue: median(pairs.map((pair) => pair.reference)),
        ratio: median(pairs.map((pair) => pair.ours / pair.reference)),
        goal: 'ratio >= 0.15, later 0.75',
      },
      { name: 'status poll p99', value: median(pairs.map((pair) => pair.p99Ms)), unit: 'ms', goal: '<= 25' },
    ];
  } finally {
    bare.kill();
    await stack.stop();
  }
}
