import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildH264Args, CLEAN_MP4_ARGS, runProcess } from '@polyreel/media';
import { type FakeComfy, startFakeComfy } from '@polyreel/testkit/comfyui';
import { type Stack, startStack } from '@polyreel/testkit/stack';
import { z } from 'zod';
import type { BenchRow } from './bench-row.ts';
import { median } from './load.ts';
import { submitScene } from './submit-scene.ts';

const jobs = 8;
const deadlineMs = 180_000;
const size = { width: 832, height: 480 };
const lookMs = 20;

type Graph = FakeComfy['posts'][number]['graph'];

/**
 * What the server adds to a card's own work: one scene by HTTP against the same graph posted by hand, in turns, on a warm stand-in for
 * ComfyUI that samples in no time and writes a real film. The rest is encoding, which is told apart, and the engine.
 */
export async function benchComfyui(): Promise<BenchRow[]> {
  const fake = await startFakeComfy();
  const stack = await startStack({ env: { COMFYUI_URLS: fake.url, COMFYUI_WARM_UP: 'off' } });
  const folder = await mkdtemp(path.join(tmpdir(), 'polyreel-bench-'));
  try {
    const totals: number[] = [];
    const bares: number[] = [];
    const encodes: number[] = [];
    for (let index = 0; index < jobs; index += 1) {
      const job = await waitForEnd(stack, await submitScene.film(stack, size));
      const graph = fake.posts.at(-1)?.graph;
      if (!graph) throw new Error('no graph was posted');
      const bare = await runByHand(fake, graph, index);
      // The first one warms everything.
      if (index === 0) continue;
      totals.push(job.seconds);
      bares.push(bare.seconds);
      encodes.push(laterStepSeconds(stack, job.id) + (await encodeSeconds(folder, bare.film)));
    }
    const [total, bare, encode] = [median(totals), median(bares), median(encodes)];
    return [
      {
        name: 'ComfyUI job of one scene',
        value: total,
        unit: 's',
        reference: 'bare graph by hand',
        referenceValue: bare,
        ratio: total / bare,
      },
      { name: 'of which encoding and marking', value: encode, unit: 's' },
      { name: 'engine time of a ComfyUI job, without encoding', value: total - bare - encode, unit: 's', goal: '<= 1.0' },
    ];
  } finally {
    await stack.stop();
    await fake.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const rowSchema = z.object({ id: z.string(), state: z.string(), seconds: z.number().nullable() });

async function waitForEnd(stack: Stack, externalId: string): Promise<{ id: string; seconds: number }> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const { rows } = await stack.pool.query(
      `SELECT id, state, extract(epoch FROM finished_at - created_at)::float AS seconds FROM jobs WHERE external_id = $1`,
      [externalId],
    );
    const row = rowSchema.parse(rows[0]);
    if (row.state === 'succeeded') return { id: row.id, seconds: row.seconds ?? Number.NaN };
    if (row.state === 'failed' || Date.now() > end) throw new Error(`job ${externalId} is ${row.state}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const jobSchema = z.object({
  status: z.string(),
  outputs: z
    .record(z.string(), z.looseObject({ images: z.array(z.object({ filename: z.string(), subfolder: z.string() })).optional() }))
    .optional(),
});

/** Posts the graph, looks until it is done and fetches the film. */
async function runByHand(fake: FakeComfy, graph: Graph, seed: number): Promise<{ seconds: number; film: Buffer }> {
  const promptId = randomUUID();
  // Another seed: a server makes nothing twice that it has in its cache.
  const changes = { filename_prefix: `by-hand/${promptId}`, noise_seed: 1_000_000 + seed, seed: 1_000_000 + seed };
  const fresh = Object.fromEntries(
    Object.entries(graph).map(([id, node]) => {
      const changed = Object.entries(changes).filter(([name]) => name in node.inputs);
      return [id, { ...node, inputs: { ...node.inputs, ...Object.fromEntries(changed) } }];
    }),
  );
  const startedAt = performance.now();
  const posted = await fetch(`${fake.url}/prompt`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ prompt: fresh, prompt_id: promptId, client_id: `by-hand-${seed}` }),
  });
  if (!posted.ok) throw new Error(`the graph was answered ${posted.status}`);
  for (;;) {
    const answer = await fetch(`${fake.url}/api/jobs/${promptId}`);
    const job = jobSchema.parse(await answer.json());
    if (job.status === 'failed') throw new Error('the graph failed');
    const [file] = Object.values(job.outputs ?? {}).flatMap(({ images }) => images ?? []);
    if (job.status === 'completed' && file) {
      const view = await fetch(`${fake.url}/view?${new URLSearchParams({ ...file, type: 'output' })}`);
      const film = Buffer.from(await view.arrayBuffer());
      return { seconds: (performance.now() - startedAt) / 1000, film };
    }
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
}

const logSchema = z.object({ jobId: z.string(), step: z.string(), seconds: z.number() });

/** Seconds of the steps after the scene's, which join, mark and sign the film, from the worker's own log. */
function laterStepSeconds(stack: Stack, jobId: string): number {
  return stack.processes
    .flatMap((one) => one.output().split('\n'))
    .filter((line) => line.includes(jobId) && line.includes('"step ended"'))
    .map((line) => logSchema.parse(JSON.parse(line)))
    .filter(({ step }) => !step.startsWith('scene-'))
    .reduce((sum, { seconds }) => sum + seconds, 0);
}

/** The one encode that brings a server's film into our form. */
async function encodeSeconds(folder: string, film: Buffer): Promise<number> {
  const input = path.join(folder, 'made.mp4');
  await writeFile(input, film);
  const startedAt = performance.now();
  const frameRate = { numerator: 16, denominator: 1 };
  const args = ['-v', 'error', '-nostdin', '-y', '-i', input, '-an', ...buildH264Args({ frameRate, crf: 17 }), ...CLEAN_MP4_ARGS];
  await runProcess({
    ...{ command: 'ffmpeg', args: [...args, path.join(folder, 'ours.mp4')] },
    ...{ signal: AbortSignal.timeout(deadlineMs), timeoutMs: deadlineMs },
  });
  return (performance.now() - startedAt) / 1000;
}
