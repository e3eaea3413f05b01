import type { ComfyEvent } from './comfy-events.ts';
import type { Graph } from './graphs/graph.ts';

/** What a node costs beside one step of a sampler, by the end of its class name; others are next to nothing. */
const costs: readonly (readonly [RegExp, number])[] = [
  [/^VAEDecode/, 3],
  [/^VAEEncode/, 1],
  [/^(CLIPTextEncode|TextEncode|AudioEncoderEncode|CLIPVisionEncode)/, 1],
  [/^(UNETLoader|CheckpointLoader|DualCLIPLoader|CLIPLoader)/, 1],
  [/^(ImageUpscaleWithModel|FrameInterpolate|RemoveBackground)/, 20],
  [/^(SaveVideo|SaveWEBM)/, 2],
];
const smallCost = 0.1;

const costOf = ({ class_type, inputs }: Graph[string]): number => {
  if (class_type.includes('Sampler')) return samplerSteps(inputs) + 1;
  return costs.find(([pattern]) => pattern.test(class_type))?.[1] ?? smallCost;
};

/** Of the steps that this sampler really takes: two halves share one count. */
function samplerSteps(inputs: Graph[string]['inputs']): number {
  const steps = numberOf(inputs.steps) ?? 20;
  const from = numberOf(inputs.start_at_step) ?? 0;
  const to = Math.min(steps, numberOf(inputs.end_at_step) ?? steps);
  return Math.max(1, to - from);
}
const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

export interface PromptProgress {
  hear(event: ComfyEvent): void;
  /** 0..1, never falling. With nothing heard for a while it creeps on, and stops short of the end. */
  ratio(): number;
}

/** Silence after which time is counted instead of events. */
const silentMs = 10_000;
const creepMost = 0.9;

/** Share of a graph's work that is done, nodes weighed by what they cost. */
export function createPromptProgress(graph: Graph, expectedMs: number): PromptProgress {
  const total = Object.values(graph).reduce((sum, node) => sum + costOf(node), 0);
  const done = new Set<string>();
  const startedAt = performance.now();
  let heardAt = startedAt;
  let current: { id: string; ratio: number } | null = null;
  let best = 0;
  const cost = (id: string): number => {
    const node = graph[id];
    return node === undefined ? 0 : costOf(node);
  };
  const enter = (id: string): void => {
    if (current?.id === id) return;
    if (current) done.add(current.id);
    current = { id, ratio: 0 };
  };
  return {
    hear(event) {
      heardAt = performance.now();
      if (event.type === 'cached') for (const id of event.nodeIds) done.add(id);
      if (event.type === 'executing') enter(event.nodeId);
      if (event.type === 'progress') {
        enter(event.nodeId);
        current = { id: event.nodeId, ratio: event.ratio };
      }
    },
    ratio() {
      const counted = [...done].reduce((sum, id) => sum + cost(id), current ? cost(current.id) * current.ratio : 0);
      best = Math.max(best, Math.min(1, counted / total));
      const now = performance.now();
      if (now - heardAt > silentMs) best = Math.max(best, creepMost * (1 - Math.exp(-(now - startedAt) / expectedMs)));
      return best;
    },
  };
}
