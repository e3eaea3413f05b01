import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runnerTaskTypes } from '@polyreel/core';
import { probe } from '@polyreel/media';
import { versionOfCheckout } from '@polyreel/testkit/comfyui/real-server';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FileRef } from '../../src/backends/comfyui/answers.ts';
import { type Available, type BuiltGraph, type Graph, modelFiles, selectGraph } from '../../src/backends/comfyui/graphs/index.ts';
import { recipes } from '../../src/backends/comfyui/graphs/recipes.ts';
import { examineRecipes } from '../../src/backends/comfyui/graphs/select-graph.ts';
import { makeTestInputs, type TestInputs } from '../comfyui-kit.ts';
import { testTools } from '../../src/backends/tool/test-kit.ts';
import { graphCases, type GraphCase } from './graph-cases.ts';
import { hasWeights, httpOf, type Lane, laneSettings, openLane, placeGraph, runGraph } from './lane.ts';

const words = 'a heron over the estuary at dawn';
const filesDir = (lane: Lane) => join(lane.folder, 'files');

let lane: Lane;
let inputs: TestInputs;
let nodes: ReadonlySet<string>;
const rows: string[][] = [];

beforeAll(async () => {
  lane = await openLane(1);
  inputs = await makeTestInputs(filesDir(lane));
  nodes = await http().nodeClasses(AbortSignal.timeout(60_000));
});

afterAll(async () => {
  const version = await versionOfCheckout(laneSettings().checkoutDir);
  const table = [['graph', 'result', 'first, s', 'again, s'], ['---', '---', '---', '---'], ...rows];
  console.log(`\nComfyUI ${version} on the CPU\n\n${table.map((row) => `| ${row.join(' | ')} |`).join('\n')}\n`);
  await lane?.close();
});

const http = () => {
  const [server] = lane.servers;
  if (server === undefined) throw new Error('no server');
  return httpOf(server);
};

/** Every node and every file: what is asked is which graphs this server takes, not which it has models for. */
const everything: Available = {
  nodes: new Set(
    examineRecipes({ nodes: new Set(), files: new Map() }, { quality: 'auto', allowNonCommercial: true }).flatMap(
      ({ missing }) => missing.nodes,
    ),
  ),
  files: new Map(
    [...new Set(Object.values(modelFiles).map(([folder]) => folder))].map((folder) => [
      folder,
      new Set(Object.values(modelFiles).flatMap(([of, file]) => (of === folder ? [file] : []))),
    ]),
  ),
};

const without = (files: readonly string[]): Available => ({
  nodes: everything.nodes,
  files: new Map(
    [...everything.files].map(([folder, names]) => [folder, new Set([...names].filter((name) => !files.includes(name)))]),
  ),
});

function partsOf({ task, sources, policy, missing = [] }: GraphCase): readonly BuiltGraph[] {
  const selected = selectGraph(task, without(missing), { policy, sources });
  if (!selected.isReady) throw new Error(`no graph: ${JSON.stringify(selected.missing)}`);
  return selected.parts;
}

describe('graphs on the real server', () => {
  for (const one of graphCases(words)) {
    it(`${one.name}: is run, or accepted, or names what the server lacks`, async () => {
      const parts = partsOf(one);
      const lacking = [...new Set(parts.flatMap(({ needs }) => needs.nodes))].filter((name) => !nodes.has(name));
      if (lacking.length > 0) {
        rows.push([one.name, `not known to this version: ${lacking.join(', ')}`, '', '']);
        await expectRefused(parts);
        return;
      }
      if (!parts.every(hasWeights) || one.isOnlyValidated) {
        await expectAccepted(parts);
        rows.push([one.name, 'accepted', '', '']);
        return;
      }
      const first = await runParts(parts);
      const again = await runParts(parts, 1);
      rows.push([one.name, `run: ${first.words}`, first.seconds.toFixed(1), again.seconds.toFixed(1)]);
    });
  }
  it('covers every type of task that there is a recipe for', () => {
    const types = new Set(graphCases(words).map(({ task }) => task.type));
    expect([...types].toSorted()).toEqual(runnerTaskTypes.filter((type) => recipes[type].length > 0).toSorted());
  });
});

/** The server says which node it does not know, and takes nothing. */
async function expectRefused(parts: readonly BuiltGraph[]): Promise<void> {
  for (const built of parts) {
    const [part] = parts;
    if (part === undefined) throw new Error('no part');
    const graph = await placeGraph(http(), built, inputs, previous);
    const post = http().post(
      { promptId: randomUUID(), graph, clientId: randomUUID(), showsPreviews: false },
      AbortSignal.timeout(60_000),
    );
    await expect(post).rejects.toMatchObject({ code: expect.stringMatching(/^backend_(misconfigured|refused)$/) });
    return;
  }
}

const previous: FileRef = { filename: 'none.mp4', subfolder: '', type: 'output' };

/** Accepted whole, without a complaint about any node; then taken back before it does anything. */
async function expectAccepted(parts: readonly BuiltGraph[]): Promise<void> {
  for (const built of parts) {
    if (built.inputs.some(({ source }) => source === 'previous')) continue;
    const promptId = randomUUID();
    const graph = await placeGraph(http(), built, inputs);
    await http().post({ promptId, graph, clientId: randomUUID(), showsPreviews: false }, AbortSignal.timeout(60_000));
    await http().cancel(promptId, AbortSignal.timeout(60_000));
  }
}

/** Runs the parts one after the other and checks what each made against what it said it would. */
async function runParts(parts: readonly BuiltGraph[], seedShift = 0): Promise<{ seconds: number; words: string }> {
  let seconds = 0;
  let before: FileRef | undefined;
  const said: string[] = [];
  for (const built of parts) {
    const graph = shiftSeeds(await placeGraph(http(), built, inputs, before), seedShift);
    const made = await runGraph(http(), graph, { outputNodeId: built.outputNodeId, folder: filesDir(lane) });
    seconds += made.seconds;
    before = made.file;
    expect((await readFile(made.path)).includes(words), 'the words in the file').toBe(false);
    said.push(await expectAsSaid(built, made.path));
  }
  return { seconds, words: said.join(', then ') };
}

/** Other seeds: an equal graph would come out of the server's cache. */
const shiftSeeds = (graph: Graph, shift: number): Graph =>
  Object.fromEntries(
    Object.entries(graph).map(([id, { class_type, inputs: values }]) => {
      const seeds = Object.entries(values).flatMap(([input, value]) =>
        (input === 'seed' || input === 'noise_seed') && typeof value === 'number' ? [[input, value + shift]] : [],
      );
      return [id, { class_type, inputs: { ...values, ...Object.fromEntries(seeds) } }];
    }),
  );

async function expectAsSaid(built: BuiltGraph, path: string): Promise<string> {
  if (built.outputKind === 'image') {
    const { width, height } = await sharp(path).metadata();
    if (built.size) expect({ width, height }).toEqual(built.size);
    return `${width}x${height}`;
  }
  const facts = await probe(testTools, path, { signal: AbortSignal.timeout(60_000), countsFrames: true });
  if (built.outputKind === 'audio') return `${facts.durationSeconds} s`;
  const { video } = facts;
  if (video === undefined) throw new Error('no film was made');
  if (built.size) expect({ width: video.width, height: video.height }).toEqual(built.size);
  if (built.frames !== null) expect(video.frameCount).toBe(built.frames);
  expect(video.frameRate).toEqual(built.frameRate);
  return `${video.width}x${video.height}, ${video.frameCount} frames at ${(video.frameRate?.numerator ?? 0) / (video.frameRate?.denominator ?? 1)}`;
}

describe('a negative text (decision 20)', () => {
  /** Pictures as they are before the film's own losses. */
  const picturesOf = async (quality: 'auto' | 'fast' | 'best', negativePrompt: string): Promise<Buffer> => {
    const [built] = partsOf({
      ...{ name: '', sources: { roles: [] }, policy: { quality, allowNonCommercial: false } },
      task: {
        ...{ type: 'text-to-video', model: 'wan22', canvas: { width: 64, height: 64 }, frameCount: 1, seed: 9 },
        ...{ frameRate: { numerator: 16, denominator: 1 }, prompt: words, negativePrompt },
      },
    });
    if (built === undefined) throw new Error('no graph');
    const placed = await placeGraph(http(), built, {});
    const { '70': _film, [built.outputNodeId]: _save, ...rest } = placed;
    const graph = {
      ...rest,
      [built.outputNodeId]: { class_type: 'SaveImage', inputs: { images: ['60', 0], filename_prefix: `lane/${randomUUID()}` } },
    };
    const { path } = await runGraph(http(), graph, { outputNodeId: built.outputNodeId, folder: filesDir(lane) });
    return sharp(path).raw().toBuffer();
  };
  for (const quality of ['auto', 'best'] as const)
    it(`changes the pictures in ${quality}, and the same text does not`, async () => {
      const people = await picturesOf(quality, 'people, boats');
      expect((await picturesOf(quality, 'people, boats')).equals(people)).toBe(true);
      expect((await picturesOf(quality, 'fog')).equals(people)).toBe(false);
    });
  it('changes nothing in fast', async () => {
    expect((await picturesOf('fast', 'fog')).equals(await picturesOf('fast', 'people, boats'))).toBe(true);
  });
});

describe('a server without models', () => {
  it('refuses by the name of the file', async () => {
    const [built] = partsOf({
      ...{ name: '', sources: { roles: [] }, policy: { quality: 'auto', allowNonCommercial: false } },
      task: {
        ...{ type: 'upscale-image', model: 'upscaler', canvas: { width: 128, height: 128 } },
      },
    });
    if (built === undefined) throw new Error('no graph');
    const placed = await placeGraph(http(), built, inputs);
    const graph = { ...placed, '3': { class_type: 'UpscaleModelLoader', inputs: { model_name: 'absent.pth' } } };
    const post = http().post(
      { promptId: randomUUID(), graph, clientId: randomUUID(), showsPreviews: false },
      AbortSignal.timeout(60_000),
    );
    await expect(post).rejects.toMatchObject({ code: expect.stringMatching(/^backend_/) });
  });
});
