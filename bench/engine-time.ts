import { type Stack, startStack } from '@polyreel/testkit/stack';
import { z } from 'zod';
import type { BenchRow } from './bench-row.ts';
import { median, percentile } from './load.ts';
import { submitScene } from './submit-scene.ts';

const jobs = 12;
const deadlineMs = 120_000;

const rowSchema = z.object({ state: z.string(), total: z.number().nullable(), pickup: z.number().nullable(), id: z.string() });

async function waitForEnd(stack: Stack, externalId: string) {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const { rows } = await stack.pool.query(
      `SELECT id, state, extract(epoch FROM finished_at - created_at)::float AS total, extract(epoch FROM started_at - created_at)::float AS pickup
       FROM jobs WHERE external_id = $1`,
      [externalId],
    );
    const row = rowSchema.parse(rows[0]);
    if (row.state === 'succeeded') return row;
    if (row.state === 'failed' || Date.now() > end) throw new Error(`job ${externalId} is ${row.state}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const logSchema = z.object({ runnerSeconds: z.number().optional(), step: z.string().optional(), seconds: z.number().optional() });

/** From the workers' own logs: seconds that runners worked for a job, and those of its last step, which marks and signs the film. */
function secondsOf(stack: Stack, jobId: string): { runner: number; publishing: number } {
  const lines = stack.processes
    .flatMap((one) => one.output().split('\n'))
    .filter((line) => line.includes(jobId) && (line.includes('runnerSeconds') || line.includes('"step ended"')))
    .map((line) => logSchema.parse(JSON.parse(line)));
  const sum = (values: (number | undefined)[]): number => values.reduce<number>((all, value) => all + (value ?? 0), 0);
  return {
    runner: sum(lines.map(({ runnerSeconds }) => runnerSeconds)),
    publishing: sum(lines.filter(({ step }) => step === 'publish').map(({ seconds }) => seconds)),
  };
}

/** The last step's line comes a moment after the job has succeeded. */
async function loggedSeconds(stack: Stack, jobId: string): Promise<{ runner: number; publishing: number }> {
  for (const end = Date.now() + 5000; ; ) {
    const seconds = secondsOf(stack, jobId);
    if (seconds.runner > 0 && seconds.publishing > 0) return seconds;
    if (Date.now() > end) throw new Error(`the log says nothing of the steps of ${jobId}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/**
 * Pick-up latency of an idle worker, and what the engine adds to a one-scene job beyond its runner. What the caller gets on top, the
 * hidden mark with its encode, the fingerprint and the signatures, is told apart.
 */
export async function benchEngineTime(): Promise<BenchRow[]> {
  const stack = await startStack({ workers: 1 });
  try {
    const pickups: number[] = [];
    const added: number[] = [];
    const publishings: number[] = [];
    for (let index = 0; index < jobs; index += 1) {
      const row = await waitForEnd(stack, await submitScene.film(stack));
      // The first job warms the runner.
      if (index === 0) continue;
      pickups.push((row.pickup ?? Number.NaN) * 1000);
      const { runner, publishing } = await loggedSeconds(stack, row.id);
      added.push((row.total ?? Number.NaN) - runner - publishing);
      publishings.push(publishing);
    }
    return [
      { name: 'queue pick-up, median', value: median(pickups), unit: 'ms' },
      { name: 'queue pick-up, p99', value: percentile(pickups, 0.99), unit: 'ms', goal: '<= 50' },
      { name: 'engine time beyond the runner, one scene', value: median(added), unit: 's', goal: '<= 1.0' },
      { name: 'hidden mark (one encode), fingerprint, thumbnail, signatures', value: median(publishings), unit: 's' },
    ];
  } finally {
    await stack.stop();
  }
}
