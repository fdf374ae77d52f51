// Edges from a task or assignment output are checkpoints: written out as nodes, so that everything else knows only those.
import type { CheckpointNode, PipelineDefinition, PipelineEdge, PipelineNode } from './pipeline.js';
import { itemOutcome } from './pipeline.js';

const longestKey = 40;

/** The key of the checkpoint that an output stands for. */
const keyOf = (from: string, output: string): string =>
  `${from}-${output.toLowerCase().replace(/[^a-z0-9_-]+/g, '-')}`.slice(0, longestKey);

interface Dotted {
  index: number;
  edge: PipelineEdge;
  node: CheckpointNode;
}

/** The type of the output that an edge starts from; undefined where it starts from none that the node has. */
export function outputTypeOf(nodes: readonly PipelineNode[], { from, output }: PipelineEdge) {
  if (output === undefined) return undefined;
  return nodes.find(({ key }) => key === from)?.outputs?.find(({ name }) => name === output)?.type;
}

function dottedEdges({ nodes, edges }: PipelineDefinition): Dotted[] {
  return edges.flatMap((edge, index): Dotted[] => {
    const per = outputTypeOf(nodes, edge);
    if (per === undefined || per === 'item' || edge.output === undefined) return [];
    return [{ index, edge, node: { key: keyOf(edge.from, edge.output), kind: 'checkpoint', of: edge.from, per } }];
  });
}

const isBeside = (edge: PipelineEdge, dotted: Dotted): boolean =>
  edge.from === dotted.edge.from && edge.on === dotted.edge.on;

/** An edge keeps its place; edges beside a dotted one are taken by its items once they are let go. */
function written(edge: PipelineEdge, index: number, dotted: readonly Dotted[]): PipelineEdge {
  const own = dotted.find((each) => each.index === index);
  if (own) return { from: own.node.key, on: own.node.per, to: edge.to };
  const beside = dotted.find((each) => isBeside(edge, each));
  if (beside) return { from: beside.node.key, on: itemOutcome, to: edge.to };
  const { from, on, to } = edge;
  return on === undefined ? { from, to } : { from, on, to };
}

export interface WrittenOut {
  definition: PipelineDefinition;
  /** By index of a node or an edge that was added: the edge that it stands for. */
  addedNodes: Map<number, number>;
  addedEdges: Map<number, number>;
}

export function writtenOut(definition: PipelineDefinition): WrittenOut {
  const dotted = dottedEdges(definition);
  const nodes = [...definition.nodes];
  const edges = definition.edges.map((edge, index) => written(edge, index, dotted));
  const [addedNodes, addedEdges] = [new Map<number, number>(), new Map<number, number>()];
  const keys = new Set<string>();
  for (const { index, edge, node } of dotted) {
    const name = `${node.key} ${edge.output ?? ''}`;
    if (keys.has(name)) continue;
    keys.add(name);
    addedNodes.set(nodes.push(node) - 1, index);
    const way = edge.on === undefined ? {} : { on: edge.on };
    addedEdges.set(edges.push({ from: edge.from, ...way, to: node.key }) - 1, index);
  }
  return { definition: { ...definition, nodes, edges }, addedNodes, addedEdges };
}

/** The definition with every checkpoint as a node. */
export function withCheckpoints(definition: PipelineDefinition): PipelineDefinition {
  return definition.edges.some(({ output }) => output !== undefined) ? writtenOut(definition).definition : definition;
}

/** The node whose task or assignment a checkpoint waits for: the one it names, else the one before it. */
export function checkpointOf({ edges }: PipelineDefinition, { key, of }: CheckpointNode): string {
  return of ?? edges.find(({ to }) => to === key)?.from ?? '';
}
