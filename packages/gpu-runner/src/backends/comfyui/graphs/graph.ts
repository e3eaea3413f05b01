import type { Canvas, FrameRate, TaskInputRole } from '@polyreel/core';

/** A graph in ComfyUI's API form, by node id. A link to an output of another node is `[nodeId, index]`. */
export type Graph = Readonly<Record<string, { class_type: string; inputs: Readonly<Record<string, unknown>> }>>;

export type OutputKind = 'video' | 'image' | 'audio';

/** The part of an input file that a graph reads; absent: the whole file. */
export type InputSlice =
  | { readonly unit: 'frames'; readonly from: number; readonly count: number }
  | { readonly unit: 'seconds'; readonly from: number; readonly count: number };

/**
 * A file that must lie on the server before the graph is posted, and the input that takes its name.
 * `previous`: the file that the part before this one made, named in its annotated form (`folder/name.mp4 [output]`).
 */
export interface GraphInput {
  readonly source: TaskInputRole | 'previous';
  readonly nodeId: string;
  readonly input: string;
  readonly slice?: InputSlice;
}

export interface GraphNeeds {
  /** Node classes, sorted, each once. */
  readonly nodes: readonly string[];
  /** Model files as [folder, file], sorted, each once. */
  readonly files: readonly (readonly [folder: string, file: string])[];
}

/**
 * One prompt for the server, complete but for the names of its uploads and the prefix of its output: `finishGraph` puts them in.
 * Numbers are those of the file that the server makes, which may be longer, larger or at another rate than the task asked: the runner
 * brings it to the task: scaled to cover the canvas, cropped about the centre, resampled to the rate, the last frame held where one is missing.
 */
export interface BuiltGraph {
  readonly graph: Graph;
  /** The node that saves; it has the input `filename_prefix`. */
  readonly outputNodeId: string;
  readonly outputKind: OutputKind;
  /**
   * `alpha`: a grey film, black to white, of the transparency of the input's frames; the runner lays it over the input `video` itself.
   * (The server's own WebM node of 0.8 drops the fourth channel.)
   */
  readonly outputUse: 'result' | 'alpha';
  /** Frames of a film, 1 for a picture, null for sound. */
  readonly frames: number | null;
  /** Null: the size of the input, or no picture. */
  readonly size: Canvas | null;
  /** Null: no film. It outranks the rate that is written into the file, which the server holds at 120 or less. */
  readonly frameRate: FrameRate | null;
  /** Length of sound; null for pictures. */
  readonly seconds: number | null;
  /** Frames at the front that repeat the end of the part before; dropped when parts are joined. */
  readonly skipFrames: number;
  /** Models that stay loaded together. A graph of the same family costs no loading. */
  readonly family: string;
  readonly needs: GraphNeeds;
  readonly inputs: readonly GraphInput[];
}

/** The graph to post. `names[i]` is the name on the server of `built.inputs[i]`. Throws RangeError when their numbers differ. */
export function finishGraph(built: BuiltGraph, finish: { outputPrefix: string; names: readonly string[] }): Graph {
  if (finish.names.length !== built.inputs.length)
    throw new RangeError(`the graph has ${built.inputs.length} inputs, ${finish.names.length} names were given`);
  const values: [nodeId: string, input: string, value: string][] = [
    [built.outputNodeId, 'filename_prefix', finish.outputPrefix],
    ...built.inputs.map(({ nodeId, input }, index): [string, string, string] => [nodeId, input, finish.names[index] ?? '']),
  ];
  const graph: Record<string, Graph[string]> = { ...built.graph };
  for (const [nodeId, input, value] of values) {
    const node = graph[nodeId];
    if (node === undefined) throw new RangeError(`the graph has no node ${nodeId}`);
    graph[nodeId] = { ...node, inputs: { ...node.inputs, [input]: value } };
  }
  return graph;
}
