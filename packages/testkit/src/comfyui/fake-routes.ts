import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { MediaTools } from '@polyreel/media';
import { checkGraph, graphSchema, type PostedGraph } from './check-graph.ts';
import { type FakeFaults, takeFault } from './fake-faults.ts';
import type { FakeFiles } from './fake-files.ts';
import { nodeClasses } from './graph-nodes.ts';
import { productionModels } from './production-models.ts';
import { jobBody, type PromptQueue } from './prompt-queue.ts';

export interface FakeComfyOptions {
  /** Default 0.33.0. Before 0.26 there is no route to cancel a job, and ids may be any text before 0.24. */
  readonly version?: string;
  /** By folder. Default: everything. */
  readonly models?: Readonly<Record<string, readonly string[]>>;
  readonly missingNodes?: readonly string[];
  readonly vramBytes?: number;
  /** Every path lies under it, e.g. `/gpu1`. */
  readonly pathPrefix?: string;
  /** Requests without it are answered 401. */
  readonly requiredHeader?: readonly [name: string, value: string];
  readonly stepMs?: number;
  readonly tools?: MediaTools;
}

export interface FakePost {
  readonly promptId: string;
  readonly graph: PostedGraph;
}

export interface RouteContext {
  readonly options: FakeComfyOptions;
  readonly version: { readonly text: string; readonly minor: number };
  readonly queue: PromptQueue;
  readonly files: FakeFiles;
  readonly faults: FakeFaults;
  readonly posts: FakePost[];
  readonly flags: { number: number };
}

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export const isAllowed = (request: IncomingMessage, { requiredHeader }: FakeComfyOptions): boolean =>
  requiredHeader === undefined || request.headers[requiredHeader[0].toLowerCase()] === requiredHeader[1];

/** Answers one request as the server does. */
export async function route(request: IncomingMessage, response: ServerResponse, context: RouteContext): Promise<void> {
  const { options, faults, queue } = context;
  const url = new URL(request.url ?? '/', 'http://fake');
  const prefix = options.pathPrefix ?? '';
  const answer = (status: number, body: unknown): void => {
    const isBroken = faults.malformedAnswers.count > 0 && faults.malformedAnswers.pattern.test(url.pathname);
    if (isBroken) faults.malformedAnswers.count -= 1;
    response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' });
    response.end(isBroken ? '{"id": "half' : JSON.stringify(body));
  };
  if (!isAllowed(request, options)) return answer(401, { error: 'unauthorized' });
  if (!url.pathname.startsWith(`${prefix}/`)) return answer(404, { error: 'not found' });
  // Every route also answers under /api; jobs do only there.
  const rest = url.pathname.slice(prefix.length);
  const name = rest.startsWith('/api/jobs') ? rest : rest.replace(/^\/api\//, '/');
  const body = request.method === 'POST' ? await buffer(request) : Buffer.alloc(0);
  const json = (): unknown => JSON.parse(body.toString('utf8') || '{}');
  const [, jobId, isCancel] = /^\/api\/jobs\/([^/]+)(\/cancel)?$/.exec(name) ?? [];
  if (jobId !== undefined) {
    if (isCancel && version26(context)) return answer(200, { cancelled: queue.cancel(jobId) });
    const job = isCancel ? null : jobBody(queue, jobId, version26(context));
    return job ? answer(200, job) : answer(404, { error: 'Job not found' });
  }
  const [, folder] = /^\/models\/(.+)$/.exec(name) ?? [];
  if (folder !== undefined) {
    const models = (options.models ?? productionModels)[decodeURIComponent(folder)];
    return models ? answer(200, models) : answer(404, '');
  }
  switch (`${request.method} ${name}`) {
    case 'GET /system_stats':
      return answer(200, statsBody(context));
    case 'GET /object_info':
      return answer(
        200,
        Object.fromEntries(
          Object.keys(nodeClasses).flatMap((one) => (options.missingNodes?.includes(one) ? [] : [[one, { name: one }]])),
        ),
      );
    case 'GET /prompt':
      return answer(200, { exec_info: { queue_remaining: queue.pending.length + (queue.running ? 1 : 0) } });
    case 'GET /queue': {
      const item = (prompt: { number: number; id: string; graph: PostedGraph; outputs: readonly string[] }) => [
        prompt.number,
        prompt.id,
        prompt.graph,
        {},
        prompt.outputs,
      ];
      return answer(200, { queue_running: queue.running ? [item(queue.running)] : [], queue_pending: queue.pending.map(item) });
    }
    case 'POST /queue':
      for (const id of idsOf(json())) queue.deletePending(id);
      return void response.writeHead(200).end();
    case 'POST /interrupt': {
      const wanted = json();
      const id = isRecord(wanted) && typeof wanted.prompt_id === 'string' ? wanted.prompt_id : undefined;
      queue.interrupt(id);
      return void response.writeHead(200).end();
    }
    case 'POST /history':
      for (const id of idsOf(json())) queue.history.delete(id);
      return void response.writeHead(200).end();
    case 'POST /free':
      return void response.writeHead(200).end();
    case 'POST /prompt':
      return postPrompt(request, response, context, json(), answer);
    case 'POST /upload/image':
      return upload(request, body, context, answer);
    case 'GET /view':
      return view(url, request, response, context, answer);
    default:
      return answer(404, { error: 'not found' });
  }
}

const version26 = ({ version }: RouteContext): boolean => version.minor >= 26;
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const idsOf = (body: unknown): string[] =>
  isRecord(body) && Array.isArray(body.delete) ? body.delete.filter((id) => typeof id === 'string') : [];

const statsBody = ({ options, version }: RouteContext) => ({
  system: { os: 'posix', comfyui_version: version.text, python_version: '3.12', argv: ['main.py'] },
  devices: [{ name: 'fake', type: 'cuda', index: 0, vram_total: options.vramBytes ?? 80 * 2 ** 30, vram_free: 0 }],
});

async function postPrompt(
  request: IncomingMessage,
  response: ServerResponse,
  context: RouteContext,
  body: unknown,
  answer: (status: number, body: unknown) => void,
): Promise<void> {
  const { faults, queue, options, files, version, posts, flags } = context;
  const refuse = async (type: string, message: string): Promise<void> =>
    answer(400, { error: { type, message, details: message, extra_info: {} }, node_errors: {} });
  if (!isRecord(body) || body.prompt === undefined) return refuse('no_prompt', 'No prompt provided');
  const id = typeof body.prompt_id === 'string' ? body.prompt_id : randomUUID();
  if (version.minor >= 24 && !uuidPattern.test(id)) return refuse('invalid_prompt_id', `prompt_id ${id} is no UUID`);
  const graph = graphSchema.parse(body.prompt);
  const check = checkGraph(graph, {
    models: options.models ?? productionModels,
    missingNodes: new Set(options.missingNodes),
    hasUpload: (name) => files.has(name),
  });
  if (!check.isGood) return answer(400, { error: check.error, node_errors: check.nodeErrors });
  const extra = isRecord(body.extra_data) ? body.extra_data : {};
  flags.number += 1;
  posts.push({ promptId: id, graph });
  queue.put({
    ...{ id, graph, outputs: check.outputs, number: typeof body.number === 'number' ? body.number : flags.number },
    clientId: typeof body.client_id === 'string' ? body.client_id : null,
    showsPreviews: extra.preview_method !== undefined && extra.preview_method !== 'none',
    createdAt: Date.now(),
  });
  if (takeFault(faults, 'lostPostAnswers')) return void request.socket.destroy();
  const dropped = takeFault(faults, 'nodeErrorsOnAccept')
    ? {
        '999': {
          class_type: 'SaveImage',
          dependent_outputs: ['999'],
          errors: [{ type: 'value_bigger_than_max', message: 'too big', details: '', extra_info: {} }],
        },
      }
    : check.nodeErrors;
  if (!response.destroyed) answer(200, { prompt_id: id, number: flags.number, node_errors: dropped });
}

async function upload(
  request: IncomingMessage,
  body: Buffer,
  { files }: RouteContext,
  answer: (status: number, body: unknown) => void,
): Promise<void> {
  if (body.length > 100 * 1024 * 1024) return answer(413, { error: 'too large' });
  const form = await new Response(new Uint8Array(body), {
    headers: { 'Content-Type': request.headers['content-type'] ?? '' },
  }).formData();
  const file = form.get('image');
  if (!(file instanceof File)) return answer(400, { error: 'no file' });
  const stored = await files.upload({
    name: path.basename(file.name),
    subfolder: String(form.get('subfolder') ?? ''),
    bytes: Buffer.from(await file.arrayBuffer()),
    overwrite: form.get('overwrite') === 'true',
  });
  answer(200, stored);
}

async function view(
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
  { files, faults }: RouteContext,
  answer: (status: number, body: unknown) => void,
): Promise<void> {
  const query = (name: string, fallback: string): string => url.searchParams.get(name) ?? fallback;
  const found = await files.find({
    filename: query('filename', ''),
    subfolder: query('subfolder', ''),
    type: query('type', 'output'),
  });
  if (found === 'bad') return answer(400, { error: 'bad name' });
  if (found === null || takeFault(faults, 'lostFiles')) return answer(404, { error: 'not found' });
  const { size } = await stat(found);
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  const start = Number(from ?? 0);
  const end = to ? Math.min(Number(to), size - 1) : size - 1;
  response.writeHead(from === undefined ? 200 : 206, {
    'Content-Length': end - start + 1,
    ...(from !== undefined && { 'Content-Range': `bytes ${start}-${end}/${size}` }),
  });
  createReadStream(found, { start, end }).pipe(response);
}
