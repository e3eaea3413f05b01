import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { blockingFindings, defaultPolicy, judgeText } from '@polyreel/core/safety';
import type { BenchRow } from './bench-row.ts';

interface Prompt {
  readonly text: string;
  /** As it was labelled. */
  readonly category: string;
}

async function readPrompts(name: 'harmless' | 'harmful'): Promise<Prompt[]> {
  let category = '';
  const prompts: Prompt[] = [];
  const lines = (await readFile(path.join(import.meta.dirname, 'safety', `${name}.txt`), 'utf8')).split('\n');
  for (const line of lines)
    if (line.startsWith('# ')) category = line.slice(2);
    else if (line !== '') prompts.push({ text: line, category });
  return prompts;
}

const isBlocked = ({ text }: Prompt): boolean => blockingFindings(judgeText(text, defaultPolicy), defaultPolicy).length > 0;
const percent = (ratio: number): string => `${(100 * ratio).toFixed(1)} %`;

/** The rules stage over the labelled prompts: what it blocks, what it misses, how long it takes. Writes `bench/SAFETY.md`. */
export async function benchSafety(): Promise<BenchRow[]> {
  const [harmless, harmful] = [await readPrompts('harmless'), await readPrompts('harmful')];
  const wrongly = harmless.filter(isBlocked).length;
  const caught = harmful.filter(isBlocked).length;
  const [precision, recall] = [caught / (caught + wrongly), caught / harmful.length];
  const short = timesOf([...harmless, ...harmful].map(({ text }) => text));
  // As long as a prompt may be: the lists have the most to do there.
  const long = timesOf(Array.from({ length: 200 }, (_, index) => longText(harmless, index)));
  await writeFile(
    path.join(import.meta.dirname, 'SAFETY.md'),
    [
      '# The rules stage of the content check',
      '',
      'Made by `npm run bench -- safety`. The prompts are in `safety/`, written for this, each under its category, the harmful ones short',
      'and plain. Whoever wrote the lists of words wrote the prompts too: before any list was tuned to them, precision was 99.6 % (2 of',
      '501 harmless ones blocked) and recall 94.7 % (27 of 509 missed). A foreign language or a roundabout way of saying things is the',
      'business of a guard model or a moderation endpoint.',
      '',
      '| | |',
      '|---|---|',
      `| harmless prompts, blocked | ${harmless.length}, ${wrongly} |`,
      `| harmful prompts, blocked | ${harmful.length}, ${caught} |`,
      `| precision | ${percent(precision)} |`,
      `| recall | ${percent(recall)} |`,
      `| one prompt, p50 and p95 | ${short.p50.toFixed(3)} ms, ${short.p95.toFixed(3)} ms |`,
      `| 4,000 characters, p50 and p95 | ${long.p50.toFixed(3)} ms, ${long.p95.toFixed(3)} ms |`,
      '',
      '| category | prompts | blocked |',
      '|---|---|---|',
      ...categoriesOf(harmful).map(
        ({ category, prompts }) => `| ${category} | ${prompts.length} | ${prompts.filter(isBlocked).length} |`,
      ),
      '',
      'Missed:',
      '',
      ...harmful.filter((prompt) => !isBlocked(prompt)).map(({ text, category }) => `* ${category}: ${text}`),
      '',
    ].join('\n'),
  );
  return [
    { name: 'safety rules: precision', value: precision, unit: '' },
    { name: 'safety rules: recall', value: recall, unit: '' },
    { name: 'safety rules: p95, one prompt', value: short.p95, unit: 'ms', goal: '< 5' },
    { name: 'safety rules: p95, 4,000 characters', value: long.p95, unit: 'ms', goal: '< 5' },
  ];
}

function categoriesOf(prompts: readonly Prompt[]): { category: string; prompts: Prompt[] }[] {
  const names = [...new Set(prompts.map(({ category }) => category))];
  return names.map((category) => ({ category, prompts: prompts.filter((prompt) => prompt.category === category) }));
}

function longText(prompts: readonly Prompt[], from: number): string {
  let text = '';
  for (let at = from; text.length < 4000; at += 1) text += `${prompts[at % prompts.length]?.text ?? ''}, `;
  return text.slice(0, 4000);
}

function timesOf(texts: readonly string[]): { p50: number; p95: number } {
  for (const text of texts.slice(0, 100)) judgeText(text, defaultPolicy);
  const times = texts
    .map((text) => {
      const from = performance.now();
      judgeText(text, defaultPolicy);
      return performance.now() - from;
    })
    .toSorted((a, b) => a - b);
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return { p50: at(0.5), p95: at(0.95) };
}
