// The rules of checkpoints, and of the outputs that stand for them.
import type { Reports } from './check-reports.js';
import type { WrittenOut } from './checkpoint-edges.js';
import { checkpointOf, outputTypeOf } from './checkpoint-edges.js';
import { contextNodes } from './checkpoints.js';
import { ancestorsOf } from './graph.js';
import type { CheckpointNode, PipelineDefinition, PipelineEdge, PipelineNode } from './pipeline.js';
import { itemOutcome } from './pipeline.js';
import type { Report } from './problems.js';

/** Whose tasks are waited for; a vote's work is several people's, and so in nobody's share. */
const performedKinds: readonly string[] = ['labeling', 'review', 'llm', 'external'];
const waitedForKinds: readonly string[] = [...performedKinds, 'consensus', 'consensus_review'];

/** Outputs that edges start from are outputs that lead somewhere by an edge. */
export function checkOutputs({ nodes, edges }: PipelineDefinition, report: Report): void {
  edges.forEach((edge, index) => {
    const { from, output } = edge;
    if (output === undefined || !nodes.some(({ key }) => key === from)) return;
    const at = `/edges/${String(index)}`;
    if (outputTypeOf(nodes, edge) === undefined) report(`${at}/output`, `"${from}" has no output "${output}"`);
    const others = edges.filter((other) => other.from === from && other.output === output);
    if (others.some(({ on }) => on !== edge.on)) report(`${at}/on`, 'edges of one output take the same outcome');
    const dotted = edges.some((other) => other.from === from && other.on === edge.on && isOther(nodes, other, edge));
    if (dotted) report(`${at}/on`, 'another checkpoint waits for this outcome: write the second one as a node');
  });
}

const isOther = (nodes: readonly PipelineNode[], other: PipelineEdge, edge: PipelineEdge): boolean =>
  other.output !== edge.output && ![undefined, 'item'].includes(outputTypeOf(nodes, other));

/** Where what was written out stands in the definition as it was sent. */
export function reportsOnWritten({ addedNodes, addedEdges }: WrittenOut, report: Report): Report {
  return (pointer, message, severity) => {
    const [, list, text = '', ...rest] = pointer.split('/');
    const added = list === 'nodes' ? addedNodes : addedEdges;
    const edge = list === 'nodes' || list === 'edges' ? added.get(Number(text)) : undefined;
    const field = rest[0] === 'on' ? '/on' : '/output';
    report(edge === undefined ? pointer : `/edges/${String(edge)}${field}`, message, severity);
  };
}

function checkOf(definition: PipelineDefinition, node: CheckpointNode, at: string, report: Reports): void {
  const before = definition.edges.filter(({ to }) => to === node.key);
  const pointer = node.of === undefined ? at : `${at}/of`;
  if (node.of === undefined && before.length > 1) {
    report(at, 'several edges lead here: say in "of" which node\'s work is waited for');
    return;
  }
  const key = checkpointOf(definition, node);
  const target = definition.nodes.find((candidate) => candidate.key === key);
  if (!target) {
    if (node.of !== undefined) report.missing(pointer, `there is no node "${key}"`);
    return;
  }
  if (!waitedForKinds.includes(target.kind)) {
    report(pointer, `"${key}" is a ${target.kind} node: name in "of" whose work is waited for`);
  } else if (node.per === 'assignment' && !performedKinds.includes(target.kind)) {
    report(pointer, `the work at "${key}" is several people's: only per task is waited for it`);
  }
  if (!ancestorsOf(definition.edges, node.key).has(key))
    report.missing(pointer, `"${key}" does not come before this node`);
}

/** Nodes that another one refers to by name. */
function namedBy(node: PipelineNode): [field: string, key: string][] {
  const listed = (field: string, keys: readonly string[] = []): [string, string][] =>
    keys.map((key, index) => [`${field}/${String(index)}`, key]);
  const reviewed: [string, string][] = 'reviews' in node ? [['reviews', node.reviews]] : [];
  const rejected: [string, string][] =
    'rejectTo' in node && node.rejectTo !== undefined ? [['rejectTo', node.rejectTo]] : [];
  const branches = node.kind === 'gate' ? node.branches : [];
  const performedBy = branches.flatMap(({ performedBy: by }, index): [string, string][] =>
    by ? [[`branches/${String(index)}/performedBy/node`, by.node]] : [],
  );
  return [
    ...reviewed,
    ...rejected,
    ...performedBy,
    ...listed('settings/excludePerformersOf', node.settings?.excludePerformersOf),
    ...listed('shows/results', node.shows?.results),
    ...(node.inputs ?? []).flatMap(({ from }, index): [string, string][] =>
      'node' in from ? [[`inputs/${String(index)}/from/node`, from.node]] : [],
    ),
  ];
}

/** What runs in the new cycle is reached in no other way, and knows only what runs there; ends may be shared. */
function checkContext(definition: PipelineDefinition, node: CheckpointNode, at: string, report: Reports): void {
  const { nodes, edges } = definition;
  const own = edges.filter(({ from, on }) => from === node.key && on !== itemOutcome);
  if (own.length === 0) {
    report.missing(at, `no edge leads to what runs once it is complete: one without "on", or with "on: ${node.per}"`);
    return;
  }
  const inside = contextNodes(edges, node.key);
  edges.forEach((edge, index) => {
    const target = nodes.find(({ key }) => key === edge.to);
    const isOutside = !inside.has(edge.from) && !own.includes(edge);
    if (!inside.has(edge.to) || !isOutside || target?.kind === 'end') return;
    report.missing(
      `/edges/${String(index)}/to`,
      `"${edge.to}" runs in the cycle that "${node.key}" starts: no other way may lead there`,
    );
  });
  nodes.forEach((other, index) => {
    if (!inside.has(other.key)) return;
    const pointer = `/nodes/${String(index)}`;
    if (other.kind === 'checkpoint') report(pointer, `what "${node.key}" starts is one cycle: nothing waits there`);
    for (const [field, key] of namedBy(other)) {
      if (inside.has(key) || !nodes.some((known) => known.key === key)) continue;
      report.missing(`${pointer}/${field}`, `"${key}" does not run in the cycle that "${node.key}" starts`);
    }
  });
}

export function checkCheckpoint(definition: PipelineDefinition, node: PipelineNode, at: string, report: Reports): void {
  if (node.kind !== 'checkpoint') return;
  checkOf(definition, node, at, report);
  checkContext(definition, node, at, report);
}
