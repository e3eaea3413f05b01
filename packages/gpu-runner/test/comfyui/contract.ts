import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { z } from 'zod';
import { finishGraph, type Graph } from '../../src/backends/comfyui/graphs/index.ts';
import { selectGraph } from '../../src/backends/comfyui/graphs/select-graph.ts';
import { modelFiles } from '../../src/backends/comfyui/graphs/model-files.ts';

export interface ServerUnderContract {
  readonly url: string;
  close(): Promise<void>;
}

const patienceMs = 300_000;

const answerSchema = z.object({
  error: z.object({ type: z.string() }).optional(),
  node_errors: z
    .record(z.string(), z.object({ class_type: z.string(), errors: z.array(z.object({ type: z.string() })) }))
    .optional(),
  prompt_id: z.string().optional(),
});
const jobSchema = z.object({
  status: z.string(),
  outputs: z
    .record(z.string(), z.record(z.string(), z.array(z.unknown())))
    .nullable()
    .optional(),
});
const fileSchema = z.object({ filename: z.string(), subfolder: z.string(), type: z.string() });
const uploadSchema = z.object({ name: z.string(), subfolder: z.string(), type: z.string() });
const eventSchema = z.object({
  type: z.string(),
  data: z.object({ node: z.string().nullish(), prompt_id: z.string().optional(), sid: z.string().optional() }).loose(),
});

/** The smallest film from words; `seed` keeps it out of the cache. */
function filmGraph(seed: number, outputPrefix: string = `contract/${randomUUID()}`): Graph {
  const files = new Map<string, Set<string>>();
  for (const [folder, file] of Object.values(modelFiles)) files.set(folder, (files.get(folder) ?? new Set()).add(file));
  const nodes = new Set([
    ...['CLIPLoader', 'VAELoader', 'CLIPTextEncode', 'UNETLoader', 'LoraLoaderModelOnly', 'ModelSamplingSD3'],
    ...['EmptyHunyuanLatentVideo', 'KSamplerAdvanced', 'VAEDecode', 'CreateVideo', 'SaveVideo'],
  ]);
  const selected = selectGraph(
    {
      ...{ type: 'text-to-video', model: 'wan22', canvas: { width: 64, height: 64 }, frameCount: 5, seed },
      ...{ frameRate: { numerator: 16, denominator: 1 }, prompt: 'a heron', negativePrompt: '' },
    },
    { nodes, files },
    { policy: { quality: 'fast', allowNonCommercial: false }, sources: { roles: [] } },
  );
  const [built] = selected.isReady ? selected.parts : [];
  if (built === undefined) throw new Error('no graph');
  return finishGraph(built, { outputPrefix, names: [] });
}

/**
 * What the client relies on, asked of a server without the client between. The stand-in keeps to it in every run of the tests, the real server in
 * `npm run test:comfyui`: so the stand-in cannot drift from what it stands for.
 */
export function describeComfyServer(name: string, open: () => Promise<ServerUnderContract>): void {
  describe(name, () => {
    let server: ServerUnderContract;
    beforeAll(async () => {
      server = await open();
    });
    afterAll(() => server?.close());
    const call = (path: string, init: RequestInit = {}) =>
      fetch(`${server.url}${path}`, { ...init, signal: AbortSignal.timeout(patienceMs) });
    const post = async (body: unknown) => {
      const answer = await call('/prompt', { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) });
      return { status: answer.status, text: await answer.text() };
    };
    const read = ({ text }: { text: string }) => answerSchema.parse(JSON.parse(text));
    const run = async (graph: Graph) => {
      const promptId = randomUUID();
      const posted = await post({ prompt: graph, prompt_id: promptId });
      expect(posted.status, posted.text).toBe(200);
      expect(read(posted)).toMatchObject({ prompt_id: promptId, node_errors: {} });
      return { promptId, job: await untilEnded(promptId) };
    };
    const untilEnded = async (promptId: string) => {
      const end = performance.now() + patienceMs;
      for (;;) {
        const answer = await call(`/api/jobs/${promptId}`);
        const job = answer.status === 200 ? jobSchema.parse(await answer.json()) : null;
        if (job && job.status !== 'pending' && job.status !== 'in_progress') return job;
        if (performance.now() > end) throw new Error(`${promptId} did not end`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    const filesOf = (job: z.infer<typeof jobSchema>) =>
      Object.values(job.outputs?.['80'] ?? {})
        .flat()
        .flatMap((item) => fileSchema.safeParse(item).data ?? []);

    it('names its version and its cards', async () => {
      const stats = z.object({
        system: z.object({ comfyui_version: z.string() }),
        devices: z.array(z.object({ type: z.string() })),
      });
      expect(stats.parse(await (await call('/system_stats')).json()).devices.length).toBeGreaterThan(0);
    });
    it('lists files by folder, and has 404 for a folder that it does not know', async () => {
      expect(await (await call('/models/vae')).json()).toContain(modelFiles.wanVae[1]);
      expect((await call('/models/no-such-folder')).status).toBe(404);
    });
    it('answers 500 to a body that is no JSON', async () => {
      expect((await post('{"prompt": {')).status).toBe(500);
    });
    it('refuses a body without a graph, and an id that is no lower-case UUID', async () => {
      const bare = await post({});
      expect([bare.status, read(bare).error?.type]).toEqual([400, 'no_prompt']);
      const named = await post({ prompt: filmGraph(1), prompt_id: 'Not-A-UUID' });
      expect([named.status, read(named).error?.type]).toEqual([400, 'invalid_prompt_id']);
    });
    it('refuses a node that it does not know, without naming it among the nodes', async () => {
      const posted = await post({ prompt: { ...filmGraph(1), '60': { class_type: 'NoSuchNode', inputs: {} } } });
      expect([posted.status, read(posted).error?.type]).toEqual([400, 'missing_node_type']);
      expect(read(posted).node_errors).toEqual({});
    });
    it('refuses a graph that saves nothing', async () => {
      const { '80': _save, ...rest } = filmGraph(1);
      const posted = await post({ prompt: rest });
      expect([posted.status, read(posted).error?.type]).toEqual([400, 'prompt_no_outputs']);
    });
    it('refuses a model file that is not there, by node and kind', async () => {
      const posted = await post({
        prompt: {
          ...filmGraph(1),
          '10': { class_type: 'UNETLoader', inputs: { unet_name: 'absent.safetensors', weight_dtype: 'default' } },
        },
      });
      expect([posted.status, read(posted).error?.type]).toEqual([400, 'prompt_outputs_failed_validation']);
      expect(read(posted).node_errors?.['10']).toMatchObject({
        class_type: 'UNETLoader',
        errors: [{ type: 'value_not_in_list' }],
      });
    });
    it('refuses an input file that is not there', async () => {
      const graph: Graph = {
        '40': { class_type: 'LoadImage', inputs: { image: 'contract/absent.png' } },
        '80': { class_type: 'SaveImage', inputs: { images: ['40', 0], filename_prefix: 'contract/x' } },
      };
      const posted = await post({ prompt: graph });
      expect(posted.status).toBe(400);
      expect(read(posted).node_errors?.['40']?.errors[0]?.type).toBe('custom_validation_failed');
    });
    it('makes a film, lists it under images, and gives parts of it', async () => {
      const { job } = await run(filmGraph(11, 'contract/film'));
      expect(job.status).toBe('completed');
      expect(Object.keys(job.outputs?.['80'] ?? {})).toContain('images');
      const [file] = filesOf(job);
      expect(file).toMatchObject({ subfolder: 'contract', type: 'output' });
      expect(file?.filename).toMatch(/^film_\d{5}_\.mp4$/);
      const query = new URLSearchParams({ filename: file?.filename ?? '', subfolder: file?.subfolder ?? '', type: 'output' });
      const part = await call(`/view?${query}`, { headers: { Range: 'bytes=4-7' } });
      expect([part.status, await part.text()]).toEqual([206, 'ftyp']);
    });
    it('answers an equal graph out of its cache, with the name of the old file', async () => {
      const graph = filmGraph(12);
      const first = await run(graph);
      const second = await run(graph);
      expect(second.promptId).not.toBe(first.promptId);
      expect(filesOf(second.job)).toEqual(filesOf(first.job));
    });
    it('floors a length that is not 4n + 1', async () => {
      const graph = filmGraph(13);
      const { job } = await run({
        ...graph,
        '30': { class_type: 'EmptyHunyuanLatentVideo', inputs: { width: 64, height: 64, length: 7, batch_size: 1 } },
      });
      expect(job.status).toBe('completed');
      const [file] = filesOf(job);
      const query = new URLSearchParams({ filename: file?.filename ?? '', subfolder: file?.subfolder ?? '', type: 'output' });
      const film = Buffer.from(await (await call(`/view?${query}`)).arrayBuffer());
      // The table of sample sizes: version and flags, a common size, then how many there are.
      expect(film.readUInt32BE(film.indexOf('stsz') + 12)).toBe(5);
    });
    it('tells, last of all, that it is in no node any more', async () => {
      const clientId = randomUUID();
      const socket = new WebSocket(`${server.url.replace(/^http/, 'ws')}/ws?clientId=${clientId}`);
      const events: z.infer<typeof eventSchema>[] = [];
      try {
        const over = new Promise<void>((resolve, reject) => {
          const timer = setTimeout(() => reject(new Error('in vain waited for the end')), patienceMs);
          socket.on('error', reject);
          socket.on('message', (message, isBinary) => {
            if (isBinary) return;
            const event = eventSchema.parse(JSON.parse(message.toString()));
            events.push(event);
            if (event.type !== 'executing' || event.data.node !== null) return;
            clearTimeout(timer);
            resolve();
          });
        });
        await new Promise<void>((resolve, reject) => {
          socket.once('open', () => resolve());
          socket.once('error', reject);
        });
        const promptId = randomUUID();
        expect((await post({ prompt: filmGraph(14), prompt_id: promptId, client_id: clientId })).status).toBe(200);
        await over;
        const types = events.filter(({ data }) => data.prompt_id === promptId).map(({ type }) => type);
        expect(types[0]).toBe('execution_start');
        expect(types.slice(-2)).toEqual(['execution_success', 'executing']);
        expect(types).toContain('progress');
        expect(events[0]).toMatchObject({ type: 'status', data: { sid: clientId } });
        // By then the history is written.
        expect(jobSchema.parse(await (await call(`/api/jobs/${promptId}`)).json()).status).toBe('completed');
      } finally {
        socket.close();
      }
    });
    it('forgets a prompt that is cancelled while it waits, and says the same of one that never was', async () => {
      const first = randomUUID();
      const second = randomUUID();
      await post({ prompt: filmGraph(15), prompt_id: first });
      await post({ prompt: filmGraph(16), prompt_id: second });
      const cancelled = await call(`/api/jobs/${second}/cancel`, { method: 'POST' });
      expect([cancelled.status, await cancelled.json()]).toEqual([200, { cancelled: true }]);
      await untilEnded(first);
      const gone = await call(`/api/jobs/${second}`);
      expect([gone.status, await gone.json()]).toEqual([404, { error: 'Job not found' }]);
      expect((await call(`/api/jobs/${randomUUID()}`)).status).toBe(404);
    });
    it('keeps equal uploads under one name, and others under a new one', async () => {
      const upload = async (bytes: string) => {
        const form = new FormData();
        form.set('image', new Blob([bytes]), 'voice.wav');
        form.set('subfolder', 'contract');
        form.set('type', 'input');
        return uploadSchema.parse(await (await call('/upload/image', { method: 'POST', body: form })).json());
      };
      expect(await upload('one')).toEqual({ name: 'voice.wav', subfolder: 'contract', type: 'input' });
      expect((await upload('one')).name).toBe('voice.wav');
      expect((await upload('two')).name).toBe('voice (1).wav');
    });
    it('gives no file from outside its folders', async () => {
      expect((await call('/view?filename=..%2F..%2Fsecret&type=output')).status).toBe(400);
      expect((await call('/view?filename=absent.mp4&type=output')).status).toBe(404);
    });
  });
}
