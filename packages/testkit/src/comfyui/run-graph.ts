import { isLink, type PostedGraph } from './check-graph.ts';
import { type LoadedFile, type NodeInputs, nodeClasses, wrongKind } from './graph-nodes.ts';
import { type GraphValue, NodeFailure } from './graph-values.ts';

export interface GraphRun {
  readonly graph: PostedGraph;
  readonly outputs: readonly string[];
  loadFile(name: string): Promise<LoadedFile>;
  /** Before a node runs; `steps` of a sampler, else 0. */
  onNode(nodeId: string, classType: string, steps: number): Promise<void>;
  /** A saving node has its value. */
  onOutput(nodeId: string, value: GraphValue, prefix: string): Promise<void>;
}

/** Runs the nodes that outputs need, each once, in the order of their links. */
export async function runGraph(run: GraphRun): Promise<void> {
  const made = new Map<string, readonly GraphValue[]>();
  const visit = async (id: string): Promise<readonly GraphValue[]> => {
    const known = made.get(id);
    if (known) return known;
    const node = run.graph[id];
    const kind = nodeClasses[node?.class_type ?? ''];
    if (!node || !kind) throw new NodeFailure('KeyError', `node ${id}`);
    const values = new Map<string, GraphValue>();
    for (const [name, value] of Object.entries(node.inputs)) {
      if (!isLink(value)) continue;
      const output = (await visit(value[0]))[value[1]];
      if (output) values.set(name, output);
    }
    const inputs = nodeInputs(id, node.inputs, values, run.loadFile);
    await run.onNode(id, node.class_type, kind.steps?.(inputs) ?? 0);
    const outputs = await kind.run(inputs);
    const [first] = outputs;
    if (kind.isOutput && first) await run.onOutput(id, first, inputs.text('filename_prefix'));
    made.set(id, outputs);
    return outputs;
  };
  for (const output of run.outputs) await visit(output);
}

function nodeInputs(
  nodeId: string,
  inputs: Readonly<Record<string, unknown>>,
  values: ReadonlyMap<string, GraphValue>,
  loadFile: GraphRun['loadFile'],
): NodeInputs {
  return {
    nodeId,
    number(name, fallback) {
      const linked = values.get(name);
      const value = linked?.kind === 'number' ? linked.value : inputs[name];
      if (typeof value === 'number') return value;
      if (fallback !== undefined) return fallback;
      throw wrongKind(nodeId, name, 'number');
    },
    text(name) {
      const value = inputs[name];
      if (typeof value !== 'string') throw wrongKind(nodeId, name, 'text');
      return value;
    },
    value(name, kind) {
      const value = values.get(name);
      if (value !== undefined && isKind(value, kind)) return value;
      throw wrongKind(nodeId, name, kind);
    },
    has: (name) => values.has(name),
    file(name) {
      const value = inputs[name];
      if (typeof value !== 'string') throw wrongKind(nodeId, name, 'file');
      return loadFile(value);
    },
  };
}

const isKind = <K extends GraphValue['kind']>(value: GraphValue, kind: K): value is Extract<GraphValue, { kind: K }> =>
  value.kind === kind;
