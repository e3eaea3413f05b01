import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { findModelFile, licences, type ModelFile } from '@polyreel/gpu-runner/models';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from '../cli/run-command.ts';
import { type DownloadOptions, downloadFile, receiptOf, WrongFile } from './download-file.ts';
import { RefusedDownload } from './open-range.ts';
import { renderProgress } from './progress-bar.ts';
import { ModelsError, pullModels } from './pull-models.ts';
import { verifyModel } from './verify-models.ts';

const content = randomBytes(1_000_000);
const sha256 = createHash('sha256').update(content).digest('hex');
const segmentBytes = 100_000;

interface Behaviour {
  takesRanges: boolean;
  etag: string;
  linkedEtag: string | null;
  /** Bytes after which so many connections break. */
  breaksAfter: number;
  breaksLeft: number;
  status: number | null;
  wantsToken: string | null;
  /** Never sends the rest of so many answers. */
  stallsLeft: number;
}

let folder = '';
let server: Server;
let baseUrl = '';
let behaviour: Behaviour;
let requests: { url: string; range: string | undefined; token: string | undefined }[] = [];
let bytesSent = 0;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'models-'));
  behaviour = {
    ...{ takesRanges: true, etag: '"v1"', linkedEtag: null, breaksAfter: 0, breaksLeft: 0 },
    ...{ status: null, wantsToken: null, stallsLeft: 0 },
  };
  requests = [];
  bytesSent = 0;
  server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  baseUrl = `http://127.0.0.1:${address.port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

/** A publisher: the first address redirects to where the bytes are, as model hosts do. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const { range, authorization: token } = request.headers;
  requests.push({ url: request.url ?? '', range, token });
  if (behaviour.status !== null) return void response.writeHead(behaviour.status).end();
  if (behaviour.wantsToken !== null && token !== `Bearer ${behaviour.wantsToken}`) return void response.writeHead(401).end();
  if (!request.url?.startsWith('/bytes')) {
    const linked = behaviour.linkedEtag === null ? {} : { 'x-linked-etag': `"${behaviour.linkedEtag}"` };
    return void response.writeHead(302, { location: '/bytes', ...linked }).end();
  }
  const [, first, last] = /bytes=(\d+)-(\d+)/.exec(range ?? '') ?? [];
  const isPart = behaviour.takesRanges && first !== undefined && last !== undefined;
  const from = isPart ? Number(first) : 0;
  const to = isPart ? Number(last) : content.length - 1;
  response.writeHead(isPart ? 206 : 200, {
    etag: behaviour.etag,
    'content-length': to - from + 1,
    ...(isPart && { 'content-range': `bytes ${from}-${to}/${content.length}` }),
  });
  send(response, content.subarray(from, to + 1));
}

function send(response: ServerResponse, bytes: Buffer): void {
  if (behaviour.breaksLeft > 0 && bytes.length > behaviour.breaksAfter) {
    behaviour.breaksLeft -= 1;
    bytesSent += behaviour.breaksAfter;
    response.write(bytes.subarray(0, behaviour.breaksAfter), () => response.destroy());
    return;
  }
  if (behaviour.stallsLeft > 0 && bytes.length > 1) {
    behaviour.stallsLeft -= 1;
    response.write(bytes.subarray(0, 10));
    return;
  }
  bytesSent += bytes.length;
  response.end(bytes);
}

const target = () => path.join(folder, 'vae', 'model.safetensors');

function options(more: Partial<DownloadOptions> = {}): DownloadOptions {
  return {
    ...{ url: `${baseUrl}/repo/resolve/main/model.safetensors`, host: { baseUrl, token: null }, target: target(), sha256 },
    ...{ connections: 4, segmentBytes, silenceMs: 20_000, retryMs: 1, signal: AbortSignal.timeout(60_000) },
    onBytes: () => undefined,
    ...more,
  };
}

describe('one file', () => {
  it('comes in parts over several connections, whole and with its receipt', async () => {
    let bytes = 0;
    await expect(downloadFile(options({ onBytes: (count) => (bytes += count) }))).resolves.toBe(sha256);
    expect((await readFile(target())).equals(content)).toBe(true);
    expect(bytes).toBe(content.length);
    expect(await readFile(receiptOf(target()), 'utf8')).toBe(`${sha256}  model.safetensors\n`);
    expect((await readdir(path.dirname(target()))).toSorted()).toEqual(['model.safetensors', 'model.safetensors.sha256']);
    expect(requests.filter(({ url, range }) => url === '/bytes' && range !== 'bytes=0-0')).toHaveLength(10);
  });
  it('comes from a server that takes no ranges, too', async () => {
    behaviour.takesRanges = false;
    await downloadFile(options());
    expect((await readFile(target())).equals(content)).toBe(true);
  });
  it('goes on inside a part when the connection breaks', async () => {
    Object.assign(behaviour, { breaksAfter: 60_000, breaksLeft: 5 });
    await downloadFile(options());
    expect((await readFile(target())).equals(content)).toBe(true);
    expect(bytesSent).toBeLessThan(content.length + 10 * 60_000);
  });
  it('starts over when a connection breaks on a server without ranges', async () => {
    Object.assign(behaviour, { takesRanges: false, breaksAfter: 600_000, breaksLeft: 2 });
    let bytes = 0;
    await downloadFile(options({ onBytes: (count) => (bytes += count) }));
    expect((await readFile(target())).equals(content)).toBe(true);
    expect(bytes).toBe(content.length);
  });
  it('opens a connection again that brings nothing', async () => {
    behaviour.stallsLeft = 2;
    await downloadFile(options({ silenceMs: 300 }));
    expect((await readFile(target())).equals(content)).toBe(true);
  });
  it('goes on in the next run where the first was stopped, without what is there', async () => {
    const stop = new AbortController();
    let bytes = 0;
    const first = downloadFile(
      options({
        connections: 1,
        signal: stop.signal,
        onBytes: (count) => {
          bytes += count;
          if (bytes > 450_000) stop.abort(new Error('stopped'));
        },
      }),
    );
    await expect(first).rejects.toThrow('stopped');
    await expect(stat(target())).rejects.toThrow();
    const sentBefore = bytesSent;
    await downloadFile(options());
    expect((await readFile(target())).equals(content)).toBe(true);
    expect(bytesSent - sentBefore).toBeLessThanOrEqual(600_001);
  });
  it('starts over when the file on the host is another one by then', async () => {
    const stop = new AbortController();
    await expect(
      downloadFile(
        options({ connections: 1, signal: stop.signal, onBytes: (count) => count > 0 && stop.abort(new Error('stopped')) }),
      ),
    ).rejects.toThrow('stopped');
    behaviour.etag = '"v2"';
    let first: number | null = null;
    await downloadFile(options({ onBytes: (count) => (first ??= count) }));
    expect(first).toBe(0);
    expect((await readFile(target())).equals(content)).toBe(true);
  });
  it('is thrown away when its hash is another than the manifest says', async () => {
    const wrong = 'a'.repeat(64);
    await expect(downloadFile(options({ sha256: wrong }))).rejects.toThrow(WrongFile);
    expect(await readdir(path.dirname(target()))).toEqual([]);
  });
  it('is thrown away when its hash is another than the publisher says', async () => {
    behaviour.linkedEtag = 'b'.repeat(64);
    await expect(downloadFile(options({ sha256: null }))).rejects.toThrow(WrongFile);
    behaviour.linkedEtag = sha256;
    await expect(downloadFile(options({ sha256: null }))).resolves.toBe(sha256);
  });
  it('is not asked for again and again when the host refuses it', async () => {
    behaviour.status = 404;
    await expect(downloadFile(options())).rejects.toThrow(RefusedDownload);
    expect(requests).toHaveLength(1);
  });
  it('is given up after some tries when the host is broken', async () => {
    behaviour.status = 503;
    await expect(downloadFile(options())).rejects.toThrow(/503/);
    expect(requests).toHaveLength(6);
  });
  it('names the token where the host wants one, and sends it', async () => {
    behaviour.wantsToken = 'secret';
    await expect(downloadFile(options())).rejects.toThrow(/MODELS_TOKEN/);
    await downloadFile(options({ host: { baseUrl, token: 'secret' } }));
    expect((await readFile(target())).equals(content)).toBe(true);
  });
  it('says that the disk is full, once, and goes on when there is room', async () => {
    await mkdir(path.dirname(target()), { recursive: true });
    // Every write to this device fails as on a full disk.
    await symlink('/dev/full', `${target()}.partial`);
    await expect(downloadFile(options())).rejects.toMatchObject({ code: 'ENOSPC' });
    await rm(`${target()}.partial`);
    await downloadFile(options());
    expect((await readFile(target())).equals(content)).toBe(true);
  });
  it('does not send the token to another host', async () => {
    await downloadFile(options({ host: { baseUrl: 'http://elsewhere.invalid', token: 'secret' } }));
    expect(requests.every(({ token }) => token === undefined)).toBe(true);
  });
});

const modelOf = (more: Partial<ModelFile> = {}): ModelFile => ({
  ...{ role: 'wanVae', folder: 'vae', file: 'model.safetensors', bytes: content.length, isExact: true, sha256 },
  ...{ licence: licences.mit, source: { repository: 'some/repo', path: 'vae/model.safetensors' } },
  ...more,
});

const pull = (files: readonly ModelFile[], freeBytesMin = 0) =>
  pullModels({
    ...{ files, modelsDir: folder, host: { baseUrl, token: null }, connections: 2, freeBytesMin },
    ...{ signal: AbortSignal.timeout(60_000), times: { silenceMs: 20_000, retryMs: 1, segmentBytes } },
    onProgress: () => undefined,
  });

describe('a set of files', () => {
  it('is fetched where it is missing, and not asked for where it is there', async () => {
    await expect(pull([modelOf(), modelOf({ file: 'second.safetensors' })])).resolves.toHaveLength(2);
    expect(requests[0]?.url).toBe('/some/repo/resolve/main/vae/model.safetensors');
    requests = [];
    await expect(pull([modelOf()])).resolves.toEqual([]);
    expect(requests).toEqual([]);
  });
  it('is refused before the first byte when the disk has no room', async () => {
    await expect(pull([modelOf({ bytes: 2 ** 52 })])).rejects.toThrow(ModelsError);
    await expect(pull([modelOf()], 2 ** 52)).rejects.toThrow(/MIN_FREE_BYTES/);
    expect(requests).toEqual([]);
  });
  it('is verified by reading it', async () => {
    await pull([modelOf()]);
    const known = modelOf({ sha256: null });
    expect(await verifyModel(folder, known)).toMatchObject({ state: 'good' });
    const bytes = await readFile(target());
    bytes[500_000] = (bytes[500_000] ?? 0) ^ 1;
    await writeFile(target(), bytes);
    expect(await verifyModel(folder, known)).toMatchObject({ state: 'wrong' });
    expect(await verifyModel(folder, modelOf())).toMatchObject({ state: 'wrong' });
    await rm(receiptOf(target()));
    expect(await verifyModel(folder, known)).toMatchObject({ state: 'unknown' });
    await rm(target());
    expect(await verifyModel(folder, known)).toMatchObject({ state: 'missing' });
  });
});

describe('the command', () => {
  const run = async (...argv: string[]) => {
    const said: string[] = [];
    const stdout = new PassThrough();
    const code = await runCommand(['models', ...argv], {
      ...{ stdin: new PassThrough(), stdout, say: (line: string) => void said.push(line), cwd: folder },
      env: { DATA_DIR: folder, MODELS_URL: baseUrl, MODELS_DIR: folder, MIN_FREE_BYTES: '0' },
    });
    stdout.end();
    return { code, said: said.join('\n'), out: await text(stdout) };
  };
  it('lists sizes, licences and what is there', async () => {
    await mkdir(path.join(folder, 'vae'), { recursive: true });
    await writeFile(path.join(folder, 'vae', 'wan_2.1_vae.safetensors'), 'x');
    const { code, out, said } = await run('list', '--set', 'core');
    expect(code).toBe(0);
    expect(out).toMatch(/vae\/wan_2\.1_vae\.safetensors +good +0\.3 GB +apache-2\.0/);
    expect(out).toMatch(/upscale_models\/RealESRGAN_x4plus\.safetensors +missing +0\.07 GB +bsd-3-clause/);
    expect(said).toContain('files');
  });
  it('names the licences before it asks for anything, and wants the restricting ones accepted', async () => {
    const { code, said } = await run('pull', '--set', 'music');
    expect(code).toBe(1);
    expect(said).toContain('stability-community (2 files)');
    expect(said).toContain('--accept stability-community,gemma');
    expect(requests).toEqual([]);
  });
  it('refuses what the host sends when the manifest knows another hash', async () => {
    const known = findModelFile('vae', 'ace_1.5_vae.safetensors');
    expect(known?.sha256).toMatch(/^[0-9a-f]{64}$/);
    const { code, said } = await run('pull', '--set', 'music', '--accept', 'stability-community,gemma');
    expect(code).toBe(1);
    expect(said).toMatch(/has the hash/);
  });
  it('ends with code 1 when a file is missing', async () => {
    const { code, out } = await run('verify', '--set', 'talking', '--profile', '80gb');
    expect(code).toBe(1);
    expect(out).toMatch(/wan2\.2_s2v_14B_bf16\.safetensors +missing/);
  });
  it('explains a wrong set', async () => {
    await expect(run('list', '--set', 'everything')).resolves.toMatchObject({ code: 2 });
    await expect(run('pull', '--connections', '0')).resolves.toMatchObject({ code: 2 });
  });
});

describe('the progress', () => {
  it('is a bar with the speed and what is left', () => {
    const line = renderProgress({ file: 'a.safetensors', index: 2, count: 9, bytes: 5e9, bytesAll: 20e9 }, 50e6);
    expect(line).toBe('[#######.....................] 25 %  5.0 GB of 20.0 GB  50.0 MB/s 5 min left  2/9 a.safetensors');
  });
});
