import { z } from 'zod';
import { nodeClasses } from './graph-nodes.ts';

export const graphSchema = z.record(
  z.string(),
  z.looseObject({ class_type: z.string(), inputs: z.record(z.string(), z.unknown()) }),
);
export type PostedGraph = z.infer<typeof graphSchema>;

interface NodeProblem {
  readonly type: string;
  readonly message: string;
  readonly details: string;
  readonly extra_info: Readonly<Record<string, unknown>>;
}
export type NodeErrorsBody = Record<string, { errors: NodeProblem[]; dependent_outputs: string[]; class_type: string }>;

export type GraphCheck =
  | { readonly isGood: true; readonly outputs: readonly string[]; readonly nodeErrors: NodeErrorsBody }
  | {
      readonly isGood: false;
      readonly error: Omit<NodeProblem, 'extra_info'> & { extra_info: unknown };
      readonly nodeErrors: NodeErrorsBody;
    };

export interface CheckOptions {
  readonly models: Readonly<Record<string, readonly string[]>>;
  readonly missingNodes: ReadonlySet<string>;
  hasUpload(name: string): boolean;
}

const problem = (type: string, message: string, details: string, extra: Readonly<Record<string, unknown>> = {}): NodeProblem => ({
  ...{ type, message, details, extra_info: extra },
});

/** The server's validation: unknown classes and no output refuse the prompt; a bad output refuses it only where no other is good. */
export function checkGraph(graph: PostedGraph, options: CheckOptions): GraphCheck {
  for (const [id, node] of Object.entries(graph)) {
    if (nodeClasses[node.class_type] && !options.missingNodes.has(node.class_type)) continue;
    const error = problem(
      'missing_node_type',
      `Node '${node.class_type}' not found. The custom node may not be installed.`,
      `Node ID '#${id}'`,
    );
    return { isGood: false, error, nodeErrors: {} };
  }
  const outputs = Object.keys(graph).filter((id) => nodeClasses[graph[id]?.class_type ?? '']?.isOutput);
  if (outputs.length === 0)
    return { isGood: false, error: problem('prompt_no_outputs', 'Prompt has no outputs', ''), nodeErrors: {} };
  const nodeErrors: NodeErrorsBody = {};
  const good = outputs.filter((output) => checkOutput(graph, output, options, nodeErrors));
  if (good.length > 0) return { isGood: true, outputs: good, nodeErrors };
  const details = Object.values(nodeErrors).flatMap(({ errors }) => errors.map((one) => `${one.message}: ${one.details}`));
  return {
    isGood: false,
    error: problem('prompt_outputs_failed_validation', 'Prompt outputs failed validation', details.join('\n')),
    nodeErrors,
  };
}

function checkOutput(graph: PostedGraph, output: string, options: CheckOptions, errors: NodeErrorsBody): boolean {
  let isGood = true;
  const seen = new Set<string>();
  const open = new Set<string>();
  const note = (id: string, problems: NodeProblem[]): void => {
    isGood = false;
    const entry = errors[id] ?? { errors: problems, dependent_outputs: [], class_type: graph[id]?.class_type ?? '' };
    entry.dependent_outputs.push(output);
    errors[id] = entry;
  };
  const visit = (id: string): void => {
    if (open.has(id)) note(id, [problem('dependency_cycle', 'Dependency cycle detected', id)]);
    if (seen.has(id)) return;
    seen.add(id);
    open.add(id);
    const node = graph[id];
    const problems = node ? checkNode(id, node, graph, options) : [problem('bad_linked_input', 'Bad linked input', id)];
    if (problems.length > 0) note(id, problems);
    for (const value of Object.values(node?.inputs ?? {})) if (isLink(value)) visit(value[0]);
    open.delete(id);
  };
  visit(output);
  return isGood;
}

function checkNode(id: string, node: PostedGraph[string], graph: PostedGraph, options: CheckOptions): NodeProblem[] {
  const kind = nodeClasses[node.class_type];
  if (!kind) return [];
  const problems: NodeProblem[] = [];
  for (const name of kind.required)
    if (node.inputs[name] === undefined)
      problems.push(problem('required_input_missing', 'Required input is missing', name, { input_name: name }));
  for (const [name, folder] of Object.entries(kind.files ?? {})) {
    const value = node.inputs[name];
    const files = options.models[folder] ?? [];
    if (value !== undefined && !files.some((file) => file === value))
      problems.push(
        problem(
          'value_not_in_list',
          'Value not in list',
          `${name}: '${String(value)}' not in ${files.length > 20 ? '(list)' : JSON.stringify(files)}`,
          { input_name: name, received_value: value },
        ),
      );
  }
  for (const name of kind.uploads ?? []) {
    const value = node.inputs[name];
    if (typeof value === 'string' && !options.hasUpload(value))
      problems.push(
        problem('custom_validation_failed', 'Custom validation failed for node', `${name} - Invalid ${name} file: ${value}`, {
          input_name: name,
        }),
      );
  }
  for (const [name, [min, max]] of Object.entries(kind.ranges ?? {})) {
    const value = node.inputs[name];
    if (typeof value !== 'number') continue;
    if (value < min)
      problems.push(
        problem('value_smaller_than_min', `Value ${value} smaller than min of ${min}`, name, {
          input_name: name,
          received_value: value,
        }),
      );
    if (value > max)
      problems.push(
        problem('value_bigger_than_max', `Value ${value} bigger than max of ${max}`, name, {
          input_name: name,
          received_value: value,
        }),
      );
  }
  for (const [name, value] of Object.entries(node.inputs))
    if (isLink(value) && graph[value[0]] === undefined)
      problems.push(
        problem('bad_linked_input', 'Bad linked input, must be a length-2 list of [node_id, slot_index]', `${id}.${name}`, {
          input_name: name,
        }),
      );
  return problems;
}

export const isLink = (value: unknown): value is [string, number] =>
  Array.isArray(value) && value.length === 2 && typeof value[0] === 'string' && typeof value[1] === 'number';
