// What of a pipeline definition can be checked although its shape is wrong somewhere: its nodes, edges and recipes that are sound.
import type { z } from 'zod';
import { isObject } from '../core/json.js';
import type { PipelineDefinition } from '../core/pipeline.js';

interface ReadablePipeline {
  definition: PipelineDefinition;
  /** Something is left out that the rest may refer to. */
  isPartial: boolean;
  /** For a pointer into the definition, the one into what was sent. */
  asSent: (pointer: string) => string;
}

interface Part {
  value: unknown;
  /** Where it was sent. */
  index: number;
}

type Issue = z.ZodError['issues'][number];

const referredTo: readonly unknown[] = ['nodes', 'edges', 'recipes', 'variables'];

/** Fields that are not known change nothing about those that are. */
function withoutUnknown(body: unknown, issues: readonly Issue[]): unknown {
  const rest: unknown = structuredClone(body);
  for (const issue of issues) {
    if (issue.code !== 'unrecognized_keys') continue;
    const at = issue.path.reduce<unknown>((whole, part) => (whole as Record<PropertyKey, unknown>)[part], rest);
    for (const key of issue.keys) Reflect.deleteProperty(at as object, key);
  }
  return rest;
}

/** The rules look from each node at all edges: they get no more of them than a definition may have. */
const isTooLong = ({ code, path: [list, ...rest] }: Issue): boolean =>
  code === 'too_big' && rest.length === 0 && (list === 'nodes' || list === 'edges');

const partsOf = (list: unknown): Part[] =>
  Array.isArray(list) ? list.map((value: unknown, index) => ({ value, index })) : [];

const fieldOf = (value: unknown, name: string): unknown => (isObject(value) ? value[name] : undefined);

/** Edges without those that lead to or from a node that is left out: they are not dangling. */
function betweenRead(edges: readonly Part[], nodes: readonly Part[], leftOut: readonly Part[]): Part[] {
  const read = new Set(nodes.map(({ value }) => fieldOf(value, 'key')));
  const unread = new Set(leftOut.map(({ value }) => fieldOf(value, 'key')));
  // A node whose key can't be read may be the one that any edge means.
  const isUnread = (key: unknown): boolean => !read.has(key) && (unread.has(key) || unread.has(undefined));
  return edges.filter(({ value }) => !['from', 'to'].some((end) => isUnread(fieldOf(value, end))));
}

/** Undefined where nothing can be said beyond the issues. */
export function readablePipeline(body: unknown, issues: readonly Issue[]): ReadablePipeline | undefined {
  const sent = withoutUnknown(body, issues);
  if (!isObject(sent) || !Array.isArray(sent['nodes']) || issues.some(isTooLong)) return undefined;
  const wrong = issues.filter(({ code }) => code !== 'unrecognized_keys').map(({ path }) => path);
  const broken = new Set(wrong.map(([list, name]) => `${String(list)}/${String(name)}`));
  const isSound = (list: string, name: string | number): boolean => !broken.has(`${list}/${String(name)}`);
  const all = partsOf(sent['nodes']);
  const nodes = all.filter(({ index }) => isSound('nodes', index));
  const edges = betweenRead(
    partsOf(sent['edges']).filter(({ index }) => isSound('edges', index)),
    nodes,
    all.filter((node) => !nodes.includes(node)),
  );
  const soundOf = (list: string): object => {
    const named = isObject(sent[list]) ? Object.entries(sent[list]) : [];
    return Object.fromEntries(named.filter(([name]) => isSound(list, name)));
  };
  const wrongAtTop = new Set(wrong.map(([field]) => field));
  const sound = {
    ...Object.fromEntries(Object.entries(sent).filter(([field]) => !wrongAtTop.has(field))),
    nodes: nodes.map(({ value }) => value),
    edges: edges.map(({ value }) => value),
    recipes: soundOf('recipes'),
    variables: soundOf('variables'),
  };
  const lists: Record<string, Part[]> = { nodes, edges };
  return {
    // Whatever had an issue is not in it.
    definition: sound as unknown as PipelineDefinition,
    isPartial: wrong.some(([list]) => referredTo.includes(list)),
    asSent: (pointer) => {
      const [, list = '', index, ...rest] = pointer.split('/');
      const part = lists[list]?.[Number(index)];
      return part ? ['', list, part.index, ...rest].join('/') : pointer;
    },
  };
}
