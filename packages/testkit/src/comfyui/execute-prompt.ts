import type { MediaTools } from '@polyreel/media';
import { type FakeFaults, takeFault } from './fake-faults.ts';
import type { FakeFiles } from './fake-files.ts';
import { type GraphValue, NodeFailure } from './graph-values.ts';
import type { FakePhase, OutputFiles, QueuedPrompt } from './prompt-queue.ts';
import { renderOutput } from './render-output.ts';
import { runGraph } from './run-graph.ts';
import type { Sockets } from './sockets.ts';

export interface ExecuteDeps {
  readonly tools: MediaTools;
  readonly files: FakeFiles;
  readonly sockets: Sockets;
  readonly faults: FakeFaults;
  /** Outputs by graph: an equal one is not made again. */
  readonly cache: Map<string, OutputFiles>;
  readonly preview: Buffer;
  /** Time of a sampler's step. */
  readonly stepMs: number;
  phase(phase: FakePhase, promptId: string): Promise<void>;
}

/** Runs a prompt as the server's worker thread does, with its events, and writes real files. */
export async function executePrompt(deps: ExecuteDeps, prompt: QueuedPrompt, signal: AbortSignal): Promise<OutputFiles> {
  const { sockets, cache } = deps;
  const { id, clientId } = prompt;
  const tell = (type: string, data: Record<string, unknown>): void =>
    sockets.send({ type, data: { prompt_id: id, ...data } }, clientId);
  const key = JSON.stringify(prompt.graph);
  const known = cache.get(key);
  tell('execution_cached', { nodes: known ? Object.keys(prompt.graph) : [], timestamp: Date.now() });
  if (known) return known;
  const outputs: OutputFiles = {};
  const check = async (phase: FakePhase): Promise<void> => {
    await deps.phase(phase, id);
    signal.throwIfAborted();
  };
  let isLoaded = false;
  await runGraph({
    graph: prompt.graph,
    outputs: prompt.outputs,
    loadFile: (name) => deps.files.load(name),
    async onNode(nodeId, classType, steps) {
      signal.throwIfAborted();
      tell('executing', { node: nodeId, display_node: nodeId });
      if (!isLoaded) {
        isLoaded = true;
        await check('loading');
      }
      if (steps > 0) await sample(deps, prompt, { nodeId, steps, signal, tell, check });
      if (classType.startsWith('VAEDecode')) await check('decoding');
    },
    async onOutput(nodeId, value, prefix) {
      await check('saving');
      if (takeFault(deps.faults, 'diskFull')) throw new NodeFailure('OSError', '[Errno 28] No space left on device');
      outputs[nodeId] = await save(deps, prompt, { value, prefix, signal });
      tell('executed', { node: nodeId, display_node: nodeId, output: outputs[nodeId] });
      await check('saved');
    },
  });
  cache.set(key, outputs);
  return outputs;
}

interface Sampling {
  readonly nodeId: string;
  readonly steps: number;
  readonly signal: AbortSignal;
  tell(type: string, data: Record<string, unknown>): void;
  check(phase: FakePhase): Promise<void>;
}

async function sample(deps: ExecuteDeps, prompt: QueuedPrompt, { nodeId, steps, signal, tell, check }: Sampling): Promise<void> {
  const { faults, sockets } = deps;
  for (let step = 1; step <= steps; step += 1) {
    await pause(deps.stepMs, signal);
    if (step === Math.ceil(steps / 2)) {
      await check('sampling');
      if (faults.isHanging)
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
      if (takeFault(faults, 'outOfMemory'))
        throw new NodeFailure('torch.OutOfMemoryError', 'Allocation on device would exceed allowed memory. (out of memory)');
      if (takeFault(faults, 'broken')) throw new NodeFailure('RuntimeError', 'shape mismatch');
    }
    tell('progress', { value: step, max: steps, node: nodeId });
    if (prompt.showsPreviews) sockets.sendPreview({ jpeg: deps.preview, nodeId, promptId: prompt.id }, prompt.clientId);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        reject(signal.reason);
      },
      { once: true },
    );
  });
}

async function save(
  deps: ExecuteDeps,
  prompt: QueuedPrompt,
  { value, prefix, signal }: { value: GraphValue; prefix: string; signal: AbortSignal },
): Promise<Record<string, unknown>> {
  const isShort = value.kind === 'video' && takeFault(deps.faults, 'shortFilms');
  const saved: GraphValue = isShort ? { ...value, images: { ...value.images, count: Math.ceil(value.images.count / 2) } } : value;
  const ending = value.kind === 'video' ? '_.mp4' : value.kind === 'images' ? '_.png' : '.flac';
  const { path, filename, subfolder } = await deps.files.nextOutput(prefix, ending);
  await renderOutput(deps.tools, { value: saved, path, prompt: JSON.stringify(prompt.graph), signal });
  const files = [{ filename, subfolder, type: 'output' }];
  // Films stand under `images` too.
  return value.kind === 'audio' ? { audio: files } : { images: files, ...(value.kind === 'video' && { animated: [true] }) };
}
