import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { tinyClipDescription, tinyT5Description } from './weights/encoders.ts';

export interface RealComfyOptions {
  /** A checkout of ComfyUI, which is only read. */
  readonly checkoutDir: string;
  /** A Python with the packages of `requirements.txt` beside this file. */
  readonly python: string;
  /** Gets a copy of the program, so that several servers share it, and the models under `models/`. */
  readonly workDir: string;
  /** `cuda`: the first card. Default `cpu`. */
  readonly device?: 'cpu' | 'cuda';
  /** Further flags of the server. */
  readonly flags?: readonly string[];
}

export interface RealComfy {
  readonly url: string;
  /** What it wrote to its log so far, the newest last. */
  log(): string;
  /** Hears what it writes from now on; returns how to stop. */
  onLog(listener: (text: string) => void): () => void;
  /** SIGKILL, as when a machine dies. */
  kill(): Promise<void>;
  /** The same server again, on the same port. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

const bootMs = 300_000;
const lookMs = 250;
const logCharsMax = 100_000;

/** What is not the program: other people's nodes, files, and the paid nodes that are switched off anyway. */
const leftOut = ['.git', '.github', '.ci', 'models', 'output', 'input', 'user', 'temp', 'custom_nodes', 'tests', 'tests-unit'];

/**
 * Copies the program beside the models. Two of its files are changed, the descriptions of the small text encoder and of CLIP's picture encoder:
 * the tiny weights are as wide as Wan expects and have two layers.
 */
export async function prepareRealComfy({
  checkoutDir,
  workDir,
}: Pick<RealComfyOptions, 'checkoutDir' | 'workDir'>): Promise<void> {
  const program = join(workDir, 'program');
  await cp(checkoutDir, program, {
    recursive: true,
    filter: (source) => source === checkoutDir || !leftOut.includes(basename(source)) || !isTopLevel(checkoutDir, source),
  });
  await change(join(program, 'comfy', 'text_encoders', 't5_config_base.json'), tinyT5Description);
  await change(join(program, 'comfy', 'clip_vision_config_h.json'), tinyClipDescription);
  await mkdir(join(workDir, 'front-end'), { recursive: true });
  await writeFile(join(workDir, 'front-end', 'index.html'), '<!doctype html><title>none</title>');
}

async function change(description: string, values: Readonly<Record<string, number>>): Promise<void> {
  const known = z.record(z.string(), z.unknown()).parse(JSON.parse(await readFile(description, 'utf8')));
  await writeFile(description, JSON.stringify({ ...known, ...values }, null, 2));
}

const isTopLevel = (folder: string, path: string): boolean => path === join(folder, basename(path));

/** The version of a checkout. Throws where it names none: then it is none. */
export async function versionOfCheckout(checkoutDir: string): Promise<string> {
  const text = await readFile(join(checkoutDir, 'comfyui_version.py'), 'utf8');
  const version = /__version__ = "([^"]+)"/.exec(text)?.[1];
  if (version === undefined) throw new Error(`${checkoutDir} is no checkout of ComfyUI`);
  return version;
}

/** The real server on the CPU, with the flags of production, on a free loopback port. Prepare its folder first. */
export async function startRealComfy(options: RealComfyOptions & { readonly name: string }): Promise<RealComfy> {
  const port = await findFreePort();
  for (const folder of ['input', 'output', 'temp', 'user'])
    await mkdir(join(options.workDir, 'servers', options.name, folder), { recursive: true });
  const url = `http://127.0.0.1:${port}`;
  let log = '';
  const listeners = new Set<(text: string) => void>();
  const remember = (chunk: Buffer) => {
    log = `${log}${chunk}`.slice(-logCharsMax);
    for (const listener of listeners) listener(String(chunk));
  };
  let server = await boot();
  const killOnExit = () => server.kill('SIGKILL');
  process.once('exit', killOnExit);

  async function boot(): Promise<ChildProcess> {
    const child = spawn(options.python, commandLine(options, port), {
      cwd: join(options.workDir, 'program'),
      env: {
        ...process.env,
        PYTHONPATH: join(import.meta.dirname, 'stand-ins'),
        PYTHONDONTWRITEBYTECODE: '1',
        // Nothing is asked of the network: every model lies here.
        HF_HUB_OFFLINE: '1',
        TRANSFORMERS_OFFLINE: '1',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout?.on('data', remember);
    child.stderr?.on('data', remember);
    await untilAnswers(child, url, () => log);
    return child;
  }
  const kill = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, 'exit');
    server.kill('SIGKILL');
    await gone;
  };
  return {
    url,
    log: () => log,
    onLog(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    kill,
    restart: async () => {
      await kill();
      server = await boot();
    },
    close: async () => {
      process.off('exit', killOnExit);
      await kill();
    },
  };
}

/** Each server has input, output and temporary files of its own; the models are shared. */
function commandLine(
  { workDir, name, device, flags = [] }: RealComfyOptions & { readonly name: string },
  port: number,
): string[] {
  const own = (folder: string) => join(workDir, 'servers', name, folder);
  return [
    ...['-u', 'main.py', ...(device === 'cuda' ? [] : ['--cpu']), '--listen', '127.0.0.1', '--port', String(port)],
    ...['--base-directory', workDir, '--front-end-root', join(workDir, 'front-end')],
    ...['--input-directory', own('input'), '--output-directory', own('output'), '--temp-directory', own('temp')],
    ...['--user-directory', own('user'), '--database-url', 'sqlite:///:memory:'],
    ...['--disable-all-custom-nodes', '--disable-api-nodes', '--disable-metadata'],
    ...(device === 'cuda' ? flags : ['--use-pytorch-cross-attention', ...flags]),
  ];
}

async function untilAnswers(child: ChildProcess, url: string, log: () => string): Promise<void> {
  const end = performance.now() + bootMs;
  let isGone = false;
  child.once('exit', () => {
    isGone = true;
  });
  for (;;) {
    if (isGone) throw new Error(`ComfyUI did not start:\n${log().slice(-4000)}`);
    const answer = await fetch(`${url}/system_stats`, { signal: AbortSignal.timeout(2000) }).catch(() => null);
    await answer?.body?.cancel();
    if (answer?.ok) return;
    if (performance.now() > end) {
      child.kill('SIGKILL');
      throw new Error(`ComfyUI did not answer within ${bootMs / 1000} s:\n${log().slice(-4000)}`);
    }
    await wait(lookMs);
  }
}

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}
