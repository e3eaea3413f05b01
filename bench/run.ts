import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { BenchRow } from './bench-row.ts';
import { benchComfyui } from './comfyui.ts';
import { benchEngineTime } from './engine-time.ts';
import { benchProvenance } from './provenance.ts';
import { benchSafety } from './safety.ts';
import { benchScenes } from './scenes.ts';
import { benchStatusPolls } from './status-polls.ts';
import { benchSubmits } from './submits.ts';
import { benchTimeline } from './timeline.ts';

const benches = {
  'status-polls': benchStatusPolls,
  submits: benchSubmits,
  'engine-time': benchEngineTime,
  comfyui: benchComfyui,
  scenes: benchScenes,
  safety: benchSafety,
  provenance: benchProvenance,
  timeline: benchTimeline,
} as const;

const { positionals: wanted, values } = parseArgs({ allowPositionals: true, options: { minutes: { type: 'string' } } });
const minutes = values.minutes === undefined ? null : Number(values.minutes);
if (minutes !== null && !(minutes > 0)) {
  console.error(`--minutes ${values.minutes} is no number above 0`);
  process.exit(2);
}
const unknown = wanted.filter((name) => !Object.hasOwn(benches, name));
if (unknown.length > 0) {
  console.error(`unknown bench: ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}`);
  process.exit(2);
}
const round = (value: number | undefined): string =>
  value === undefined ? '' : value >= 100 ? value.toFixed(0) : value.toFixed(3);

function show(some: readonly BenchRow[]): void {
  console.table(
    some.map((row) => ({
      what: row.name,
      value: `${round(row.value)} ${row.unit}`,
      reference: row.reference ? `${row.reference}: ${round(row.referenceValue)}` : '',
      ratio: round(row.ratio),
      goal: row.goal ?? '',
    })),
  );
}

const rows: BenchRow[] = [];
for (const [name, bench] of Object.entries(benches)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.error(`running ${name} ...`);
  const made = await bench({ minutes });
  show(made);
  rows.push(...made);
}
const machine = { cores: availableParallelism(), memoryGiB: Math.round(totalmem() / 2 ** 30), node: process.version };
const file = path.join(import.meta.dirname, 'results', 'latest.json');
await mkdir(path.dirname(file), { recursive: true });
await writeFile(file, `${JSON.stringify({ at: new Date().toISOString(), machine, rows }, null, 2)}\n`);
console.error(`written to ${path.relative(process.cwd(), file)}`);
