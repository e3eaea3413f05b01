import { createWriteStream, openAsBlob } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { StepError } from '@polyreel/core';
import type { z } from 'zod';
import {
  acceptedSchema,
  cancelledSchema,
  type FileRef,
  fileNamesSchema,
  type JobAnswer,
  jobSchema,
  objectInfoSchema,
  queueItemsSchema,
  refusedSchema,
  type SystemStats,
  systemStatsSchema,
  uploadedSchema,
} from './answers.ts';
import { comfyError, refusalError } from './comfy-errors.ts';
import type { Graph } from './graphs/graph.ts';

export interface ComfyHttpOptions {
  /** With path prefix where there is one; a slash at the end does not matter. */
  readonly baseUrl: string;
  /** Sent with every request. */
  readonly headers: Readonly<Record<string, string>>;
  /** For calls that move no file. Default 15 s. */
  readonly answerMs?: number;
}

export interface PromptPost {
  readonly promptId: string;
  readonly graph: Graph;
  readonly clientId: string;
  readonly showsPreviews: boolean;
}

/**
 * One server's calls, each bounded in time and checked. Throws StepError: `backend_unreachable` when no answer came,
 * `backend_bad_answer` for one that cannot be read, and what each call names.
 */
export interface ComfyHttp {
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  systemStats(signal: AbortSignal): Promise<SystemStats>;
  nodeClasses(signal: AbortSignal): Promise<ReadonlySet<string>>;
  /** Empty for a folder that the server does not know. */
  modelFiles(folder: string, signal: AbortSignal): Promise<readonly string[]>;
  /** Null: the server knows no such prompt. */
  job(promptId: string, signal: AbortSignal): Promise<JobAnswer | null>;
  /** Ids of prompts that run and that wait. */
  queue(signal: AbortSignal): Promise<{ running: readonly string[]; pending: readonly string[] }>;
  /** Throws `backend_refused` or `backend_misconfigured`, also where only one of the graph's outputs was refused: nothing is left to run then. */
  post(prompt: PromptPost, signal: AbortSignal): Promise<void>;
  /** Stops a prompt that waits or runs; one that is unknown or over is a success. Never touches another. */
  cancel(promptId: string, signal: AbortSignal): Promise<void>;
  /** Removes a prompt that is over from the server's history. */
  forget(promptId: string, signal: AbortSignal): Promise<void>;
  /** Unloads models after the current prompt. */
  free(signal: AbortSignal): Promise<void>;
  /** The name to put into a graph: the server may have chosen another than was asked. */
  upload(file: { path: string; name: string; subfolder: string }, signal: AbortSignal): Promise<string>;
  /** Streams a file that was made. A failure removes `target`. */
  download(file: FileRef, target: string, signal: AbortSignal): Promise<void>;
  socketUrl(clientId: string): string;
}

/** For calls that move a file; a step's own deadline is usually nearer. */
const transferMs = 30 * 60_000;
const maxAnswerBytes = 64 * 1024 * 1024;

export function createComfyHttp(options: ComfyHttpOptions): ComfyHttp {
  const baseUrl = options.baseUrl.replace(/\/+$/, '');
  const answerMs = options.answerMs ?? 15_000;

  const request = async (path: string, init: RequestInit & { signal: AbortSignal }, timeoutMs = answerMs): Promise<Response> => {
    const signal = AbortSignal.any([init.signal, AbortSignal.timeout(timeoutMs)]);
    try {
      return await fetch(`${baseUrl}${path}`, {
        ...init,
        signal,
        redirect: 'error',
        headers: { ...options.headers, ...init.headers },
      });
    } catch (error) {
      init.signal.throwIfAborted();
      throw comfyError('backend_unreachable', error);
    }
  };
  const readJson = async <T>(answer: Response, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> => {
    const text = await readText(answer, signal);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      throw comfyError(
        'backend_bad_answer',
        new Error(`${answer.status} of ${answer.url} is no JSON: ${text.slice(0, 200)}`, { cause }),
      );
    }
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw comfyError('backend_bad_answer', parsed.error);
  };
  const unexpected = async (answer: Response, signal: AbortSignal): Promise<StepError> =>
    comfyError(
      'backend_bad_answer',
      new Error(`${answer.url} answered ${answer.status}: ${(await readText(answer, signal)).slice(0, 500)}`),
    );
  const get = async <T>(path: string, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> => {
    const answer = await request(path, { signal });
    if (!answer.ok) throw await unexpected(answer, signal);
    return readJson(answer, schema, signal);
  };
  const postJson = (path: string, body: unknown, signal: AbortSignal): Promise<Response> =>
    request(path, { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' }, signal });
  const tell = async (path: string, body: unknown, signal: AbortSignal): Promise<void> => {
    const answer = await postJson(path, body, signal);
    if (!answer.ok) throw await unexpected(answer, signal);
    await answer.body?.cancel();
  };

  const http: ComfyHttp = {
    baseUrl,
    headers: options.headers,
    systemStats: (signal) => get('/system_stats', systemStatsSchema, signal),
    nodeClasses: async (signal) => new Set(Object.keys(await get('/object_info', objectInfoSchema, signal))),
    async modelFiles(folder, signal) {
      const answer = await request(`/models/${encodeURIComponent(folder)}`, { signal });
      if (answer.status === 404) {
        await answer.body?.cancel();
        return [];
      }
      if (!answer.ok) throw await unexpected(answer, signal);
      return readJson(answer, fileNamesSchema, signal);
    },
    async job(promptId, signal) {
      const answer = await request(`/api/jobs/${promptId}`, { signal });
      if (answer.status === 404) {
        await answer.body?.cancel();
        return null;
      }
      if (!answer.ok) throw await unexpected(answer, signal);
      return readJson(answer, jobSchema, signal);
    },
    async queue(signal) {
      const items = await get('/queue', queueItemsSchema, signal);
      return { running: items.queue_running.map(([, id]) => id), pending: items.queue_pending.map(([, id]) => id) };
    },
    async post({ promptId, graph, clientId, showsPreviews }, signal) {
      const answer = await postJson(
        '/prompt',
        {
          prompt: graph,
          prompt_id: promptId,
          client_id: clientId,
          extra_data: { preview_method: showsPreviews ? 'auto' : 'none' },
        },
        signal,
      );
      if (answer.status === 400) throw refusalError(await readJson(answer, refusedSchema, signal));
      if (!answer.ok) throw await unexpected(answer, signal);
      const accepted = await readJson(answer, acceptedSchema, signal);
      if (accepted.prompt_id !== promptId) {
        await http.cancel(accepted.prompt_id, signal);
        throw comfyError('backend_bad_answer', new Error(`prompt ${promptId} was taken under the id ${accepted.prompt_id}`));
      }
      if (Object.keys(accepted.node_errors).length === 0) return;
      await http.cancel(promptId, signal);
      throw refusalError({
        error: { type: 'outputs_dropped', message: 'an output was refused' },
        node_errors: accepted.node_errors,
      });
    },
    async cancel(promptId, signal) {
      const answer = await request(`/api/jobs/${promptId}/cancel`, { method: 'POST', signal });
      if (answer.ok) {
        await readJson(answer, cancelledSchema, signal);
        return;
      }
      await answer.body?.cancel();
      if (answer.status !== 404 && answer.status !== 405) throw await unexpected(answer, signal);
      // Servers before 0.26 have no such route, and newer ones answer so for a prompt that they do not know.
      await tell('/queue', { delete: [promptId] }, signal);
      await tell('/interrupt', { prompt_id: promptId }, signal);
    },
    forget: (promptId, signal) => tell('/history', { delete: [promptId] }, signal),
    free: (signal) => tell('/free', { unload_models: true, free_memory: true }, signal),
    async upload({ path, name, subfolder }, signal) {
      const form = new FormData();
      form.set('image', await openAsBlob(path), name);
      form.set('subfolder', subfolder);
      form.set('type', 'input');
      form.set('overwrite', 'true');
      const answer = await request('/upload/image', { method: 'POST', body: form, signal }, transferMs);
      if (answer.status === 413) {
        await answer.body?.cancel();
        throw comfyError('backend_input_too_large');
      }
      if (!answer.ok) {
        const error = await unexpected(answer, signal);
        throw /No space left/i.test(String(error.cause)) ? comfyError('backend_disk_full', error.cause) : error;
      }
      const stored = await readJson(answer, uploadedSchema, signal);
      return stored.subfolder === '' ? stored.name : `${stored.subfolder}/${stored.name}`;
    },
    async download(file, target, signal) {
      const query = new URLSearchParams({ filename: file.filename, subfolder: file.subfolder, type: file.type });
      const answer = await request(`/view?${query}`, { signal }, transferMs);
      if (answer.status === 404) {
        await answer.body?.cancel();
        throw comfyError('backend_bad_output', new Error(`${file.filename} is not there any more`));
      }
      if (!answer.ok || answer.body === null) throw await unexpected(answer, signal);
      await storeBody(answer.body, target, signal);
    },
    socketUrl: (clientId) => `${baseUrl.replace(/^http/, 'ws')}/ws?clientId=${clientId}`,
  };
  return http;
}

async function readText(answer: Response, signal: AbortSignal): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of answer.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > maxAnswerBytes) throw comfyError('backend_bad_answer', new Error(`${answer.url} answers without end`));
    }
    return text + decoder.decode();
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof StepError ? error : comfyError('backend_unreachable', error);
  }
}

async function storeBody(body: ReadableStream<Uint8Array>, target: string, signal: AbortSignal): Promise<void> {
  try {
    await pipeline(Readable.fromWeb(body), createWriteStream(target), { signal });
  } catch (error) {
    await rm(target, { force: true });
    signal.throwIfAborted();
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC')
      throw new StepError({ code: 'disk_full', publicMessage: 'The disk is full', permanent: false, cause: error });
    throw comfyError('backend_unreachable', error);
  }
}
