import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';
import { prepareRealComfy, type RealComfy, startRealComfy } from '@polyreel/testkit/comfyui/real-server';
import { placeholder, tinyModels, writeModels } from '@polyreel/testkit/comfyui/weights';
import type { FileRef } from '../../src/backends/comfyui/answers.ts';
import { type ComfyHttp, createComfyHttp } from '../../src/backends/comfyui/comfy-http.ts';
import { type BuiltGraph, finishGraph, type Graph, modelFiles } from '../../src/backends/comfyui/graphs/index.ts';
import { defaultPromptTimes, runPrompt } from '../../src/backends/comfyui/run-prompt.ts';

/** Set by `npm run test:comfyui`. */
export function laneSettings(): { checkoutDir: string; python: string } {
  const { COMFYUI_DIR: checkoutDir, COMFYUI_PYTHON: python } = process.env;
  if (!checkoutDir || !python) throw new Error('start this by npm run test:comfyui');
  return { checkoutDir, python };
}

export interface Lane {
  readonly folder: string;
  readonly servers: readonly RealComfy[];
  close(): Promise<void>;
}

/** Models with the real names, then so many servers over them. Placeholders: files of the models that cannot be run here are there, and empty. */
export async function openLane(count: number, { hasPlaceholders = true }: { hasPlaceholders?: boolean } = {}): Promise<Lane> {
  const { checkoutDir, python } = laneSettings();
  const folder = await mkdtemp(join(tmpdir(), 'polyreel-lane-'));
  const servers: RealComfy[] = [];
  const close = async () => {
    await Promise.all(servers.map((server) => server.close()));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await prepareRealComfy({ checkoutDir, workDir: folder });
    await writeModels(join(folder, 'models'), hasPlaceholders ? allModels : tinyModels);
    for (let index = 0; index < count; index += 1)
      servers.push(await startRealComfy({ checkoutDir, python, workDir: folder, name: `server-${index}` }));
    await mkdir(join(folder, 'files'));
    return { folder, servers, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const isTiny = (folder: string, file: string): boolean =>
  tinyModels.some((model) => model.folder === folder && model.file === file);

/** Whether every model of a graph can be run here, and not only be named. */
export const hasWeights = (built: BuiltGraph): boolean => built.needs.files.every(([folder, file]) => isTiny(folder, file));

const allModels = [
  ...tinyModels,
  ...Object.values(modelFiles)
    .filter(([folder, file]) => !isTiny(folder, file))
    .map(([folder, file]) => placeholder(folder, file)),
];

export const httpOf = (server: RealComfy): ComfyHttp => createComfyHttp({ baseUrl: server.url, headers: {} });

export interface MadeFile {
  readonly path: string;
  readonly file: FileRef;
  readonly seconds: number;
}

export type InputPaths = Readonly<Partial<Record<BuiltGraph['inputs'][number]['source'], string>>>;

/** A graph as it would be posted, with its files on the server. */
export async function placeGraph(http: ComfyHttp, built: BuiltGraph, inputs: InputPaths, previous?: FileRef): Promise<Graph> {
  const signal = AbortSignal.timeout(60_000);
  const names: string[] = [];
  for (const { source } of built.inputs) {
    if (source === 'previous') {
      if (previous === undefined) throw new Error('there is no part before');
      names.push(`${join(previous.subfolder, previous.filename)} [output]`);
      continue;
    }
    const path = inputs[source];
    if (path === undefined) throw new Error(`no input ${source}`);
    names.push(await http.upload({ path, name: `${randomUUID()}${extname(path)}`, subfolder: 'lane' }, signal));
  }
  return finishGraph(built, { outputPrefix: `lane/${randomUUID()}`, names });
}

/** Runs one graph to its end and fetches the file. */
export async function runGraph(
  http: ComfyHttp,
  graph: Graph,
  options: { outputNodeId: string; folder: string; onPosted?: () => void },
): Promise<MadeFile> {
  const begun = performance.now();
  const signal = AbortSignal.timeout(1_200_000);
  const [file] = await runPrompt({
    ...{ http, promptId: randomUUID(), graph, outputNodeId: options.outputNodeId, isPosted: false },
    times: { ...defaultPromptTimes, pollMs: 200 },
    ...{ signal, isHandedOver: () => false, onProgress: () => undefined },
  });
  if (file === undefined) throw new Error('no file was made');
  const seconds = (performance.now() - begun) / 1000;
  const path = join(options.folder, `${randomUUID()}-${basename(file.filename)}`);
  await http.download(file, path, signal);
  return { path, file, seconds };
}
