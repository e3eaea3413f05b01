import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunnerTaskType } from '@polyreel/core';
import { serverFolder } from '../../src/backends/comfyui/run-parts.ts';
import type { Lane } from './lane.ts';

/** A place in the life of a prompt, told by what its server says and writes. */
export interface Moment {
  readonly name: string;
  readonly type: Extract<RunnerTaskType, 'text-to-video' | 'image-to-video' | 'first-last-frame'>;
  /** What the server has said since it was first watched. */
  readonly isHere: (said: string) => boolean;
  /** Instead: a file of ours lies in this folder of the server. */
  readonly folder?: 'input' | 'output';
  /** A little later. */
  readonly laterMs?: number;
}

/** The samplers' bars, one for each expert, with how far each has come. */
function barsOf(said: string): number[] {
  const bars: number[] = [];
  let before = 101;
  for (const [, digits] of said.matchAll(/(\d+)%\|/g)) {
    const percent = Number(digits);
    if (percent < before) bars.push(percent);
    else bars[bars.length - 1] = percent;
    before = percent;
  }
  return bars;
}

const says = (text: string) => (said: string) => said.includes(text);
const never = () => false;
const films = ['text-to-video', 'image-to-video', 'first-last-frame'] as const;
const sampling = [
  ...[0, 10, 20, 40, 60, 80].map((percent) => ({ bar: 0, percent })),
  ...[0, 10, 20, 40, 60, 80].map((percent) => ({ bar: 1, percent })),
];

/** From before a prompt is posted to after it has ended. */
export const moments: readonly Moment[] = [
  { name: 'a picture was uploaded', type: 'image-to-video', isHere: never, folder: 'input' },
  { name: 'taken on', type: 'text-to-video', isHere: says('got prompt') },
  { name: 'taken on, with pictures', type: 'first-last-frame', isHere: says('got prompt'), laterMs: 30 },
  { name: 'text encoder', type: 'image-to-video', isHere: says('Requested to load Wan'), laterMs: 20 },
  ...sampling.map(({ bar, percent }, at) => ({
    name: `${bar === 0 ? 'first' : 'second'} expert, ${percent} %`,
    type: films[at % films.length] ?? films[0],
    isHere: (said: string) => (barsOf(said)[bar] ?? -1) >= percent || barsOf(said).length > bar + 1,
  })),
  { name: 'both experts done', type: 'image-to-video', isHere: (said) => barsOf(said)[1] === 100 },
  { name: 'pictures out of latents', type: 'text-to-video', isHere: (said) => barsOf(said)[1] === 100, laterMs: 60 },
  { name: 'the film is being written', type: 'first-last-frame', isHere: never, folder: 'output' },
  { name: 'over', type: 'text-to-video', isHere: says('Prompt executed') },
];

/** So many of them, spread over all. */
export const someMoments = (count: number): Moment[] =>
  Array.from({ length: count }, (_, at) => moments[Math.floor((at * moments.length) / count)]).filter((one) => one !== undefined);

export interface Watch {
  /** Resolves at the moment, with the last that the server said. */
  readonly reached: Promise<string>;
  stop(): void;
}

/** Watches one server of the lane from now on. */
export function watchFor({ isHere, folder, laterMs = 0 }: Moment, lane: Lane, server: number): Watch {
  let said = '';
  let isStopped = false;
  let unlisten: (() => void) | undefined;
  const heard = new Promise<void>((resolve) => {
    unlisten = lane.servers[server]?.onLog((text) => {
      said += text;
      if (isHere(said)) resolve();
    });
  });
  const written = async (name: string): Promise<void> => {
    const path = join(lane.folder, 'servers', `server-${server}`, name, serverFolder);
    const list = () => readdir(path).catch(() => []);
    const before = new Set(await list());
    while (!isStopped && (await list()).every((file) => before.has(file))) await sleep(2);
  };
  const wait = async (): Promise<string> => {
    await (folder === undefined ? heard : written(folder));
    if (laterMs > 0) await sleep(laterMs);
    return (
      said
        .trimEnd()
        .split(/[\r\n]/)
        .at(-1)
        ?.trim() ?? ''
    );
  };
  return {
    reached: wait(),
    stop() {
      isStopped = true;
      unlisten?.();
    },
  };
}
