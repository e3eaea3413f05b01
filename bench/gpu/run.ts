// The check on a lent or own NVIDIA card: node bench/gpu/run.ts --comfyui DIR --python PATH [--work DIR] [--runs N] [--flags "..."]...
import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createComfyHttp, examine, finishGraph, selectGraph } from '@polyreel/gpu-runner/comfyui';
import { prepareRealComfy, type RealComfy, startRealComfy, versionOfCheckout } from '@polyreel/testkit/comfyui/real-server';
import { tinyModels, writeModels } from '@polyreel/testkit/comfyui/weights';
import { startStack } from '@polyreel/testkit/stack';
import { z } from 'zod';
import { fullModels } from './full-models.ts';
import { hearNodes } from './node-times.ts';
import { submitFilm } from './submit-film.ts';

const jobMs = 30 * 60_000;
/** Tried where none are named. */
const flagsTried = ['', '--use-sage-attention', '--fast fp8_matrix_mult', '--use-sage-attention --fast fp8_matrix_mult'];

const { values } = parseArgs({
  options: {
    comfyui: { type: 'string' },
    python: { type: 'string' },
    work: { type: 'string', default: path.resolve('.data/gpu-check') },
    runs: { type: 'string', default: '3' },
    flags: { type: 'string', multiple: true, default: flagsTried },
    rehearse: { type: 'boolean', default: false },
  },
});
const { comfyui: checkoutDir, python, work: workDir } = values;
const runs = Number(values.runs);
if (!checkoutDir || !python || !(runs >= 1)) {
  console.error(
    'usage: node bench/gpu/run.ts --comfyui DIR --python PATH [--work DIR] [--runs N] [--flags "..."]... [--rehearse]',
  );
  process.exit(2);
}

/** The rehearsal does everything on the CPU with tiny weights and small films: whether this script works, and nothing about speed. */
const isRehearsal = values.rehearse;
const sizes = isRehearsal
  ? [{ width: 128, height: 64 }]
  : [
      { width: 832, height: 480 },
      { width: 1280, height: 720 },
    ];

interface Row {
  readonly flags: string;
  readonly size: string;
  readonly sampler: number;
  readonly vae: number;
  readonly encode: number;
  /** The bare graph, posted by hand. */
  readonly bare: number;
  /** From the submit to a link that gives the film. */
  readonly whole: number;
  readonly engine: number;
  readonly peakGiB: number;
}

const rows: Row[] = [];
await mkdir(workDir, { recursive: true });
await prepareRealComfy({ checkoutDir, workDir });
console.error(isRehearsal ? 'writing tiny weights ...' : 'writing weights as large as the real ones (30 GB, once) ...');
await writeModels(path.join(workDir, 'models'), isRehearsal ? tinyModels : fullModels);
for (const flags of values.flags) {
  const server = await startRealComfy({
    ...{ checkoutDir, python, workDir, name: 'gpu', device: isRehearsal ? 'cpu' : 'cuda' },
    flags: flags.split(' ').filter((flag) => flag !== ''),
  }).catch((error: unknown) => {
    console.error(`${flags || 'no flags'}: ${String(error).split('\n').at(-1)}`);
    return null;
  });
  if (server === null) continue;
  try {
    rows.push(...(await measure(server, flags)));
    console.table(rows);
  } finally {
    await server.close();
  }
}
const version = await versionOfCheckout(checkoutDir);
if (!isRehearsal)
  await writeFile(path.join(import.meta.dirname, 'latest.json'), `${JSON.stringify({ version, rows }, null, 2)}\n`);

async function measure(server: RealComfy, flags: string): Promise<Row[]> {
  const stack = await startStack({ env: { COMFYUI_URLS: server.url, COMFYUI_WARM_UP: 'off' } });
  const made: Row[] = [];
  try {
    for (const size of sizes) {
      const memory = watchMemory(server);
      // Once each without a watch: models are loaded, kernels compiled.
      await runBare(server, size);
      const bare = await repeat(runs, () => runBare(server, size));
      const submit = () => submitFilm(stack, { ...size, seed: newSeed(), timeoutMs: jobMs });
      await submit();
      const whole = await repeat(runs, submit);
      const best = bare.toSorted((a, b) => a.total - b.total)[0];
      if (best === undefined) throw new Error('nothing was run');
      const total = Math.min(...whole);
      made.push({
        ...{ flags: flags || 'none', size: `${size.width}x${size.height}x81` },
        ...{
          sampler: best.sampler,
          vae: best.vae,
          encode: best.encode,
          bare: best.total,
          whole: total,
          engine: total - best.total,
        },
        peakGiB: memory.stop(),
      });
    }
    return made;
  } finally {
    await stack.stop();
  }
}

/** A seed of its own for each run, so that nothing comes out of the server's cache. */
function newSeed(): number {
  return Math.floor(Math.random() * 2 ** 31);
}

async function repeat<T>(count: number, run: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let index = 0; index < count; index += 1) results.push(await run());
  return results;
}

/** The graph alone, posted by hand. */
async function runBare(server: RealComfy, size: { width: number; height: number }) {
  const http = createComfyHttp({ baseUrl: server.url, headers: {} });
  const signal = AbortSignal.timeout(jobMs);
  const { available } = await examine(http, signal);
  const selected = selectGraph(
    {
      ...{ type: 'text-to-video', model: 'wan22', canvas: size, frameRate: { numerator: 16, denominator: 1 }, frameCount: 81 },
      ...{ seed: newSeed(), prompt: 'calm sea at sunset, slow pan left', negativePrompt: '' },
    },
    available,
    { policy: { quality: 'fast', allowNonCommercial: false }, sources: { roles: [] } },
  );
  const [built] = selected.isReady ? selected.parts : [];
  if (built === undefined) throw new Error(`no graph: ${JSON.stringify(selected)}`);
  const clientId = randomUUID();
  const nodes = await hearNodes(server.url, clientId);
  const promptId = randomUUID();
  const begun = performance.now();
  await http.post(
    { promptId, clientId, showsPreviews: false, graph: finishGraph(built, { outputPrefix: `gpu/${promptId}`, names: [] }) },
    signal,
  );
  for (;;) {
    const job = await http.job(promptId, signal);
    if (job?.status === 'completed') break;
    if (job !== null && job.status !== 'pending' && job.status !== 'in_progress')
      throw new Error(JSON.stringify(job).slice(0, 2000));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const total = (performance.now() - begun) / 1000;
  await nodes.untilIdle();
  const seconds = nodes.take();
  nodes.close();
  const of = (...ids: string[]) => ids.reduce((sum, id) => sum + (seconds.get(id) ?? 0), 0);
  return { total, sampler: of('50', '51'), vae: of('60'), encode: of('70', built.outputNodeId) };
}

/** The most memory of the card that was in use, looked at four times a second. */
function watchMemory(server: RealComfy): { stop(): number } {
  const stats = z.object({ devices: z.array(z.object({ vram_total: z.number(), vram_free: z.number() })) });
  let peak = 0;
  const timer = setInterval(async () => {
    const answer = await fetch(`${server.url}/system_stats`).catch(() => null);
    const parsed = stats.safeParse(await answer?.json().catch(() => null));
    for (const device of parsed.success ? parsed.data.devices : []) peak = Math.max(peak, device.vram_total - device.vram_free);
  }, 250);
  return {
    stop() {
      clearInterval(timer);
      return Number((peak / 2 ** 30).toFixed(1));
    },
  };
}
