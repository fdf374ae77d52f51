// docs/pipelines.md against the contract: every key, every default that can be compared, and examples that can be published.
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { pipelineDefinition } from '../../api/contract/pipelines.js';
import { checkPipeline } from '../../core/check-pipeline.js';
import { durationMs } from '../../core/duration.js';
import type { NodeKind, PipelineNode } from '../../core/pipeline.js';
import { nodeKinds } from '../../core/pipeline.js';
import { actionsOf, defaults } from '../../core/plan.js';
import { resolveHows } from '../../core/events.js';
import { fencedBlocks, read, section, tableRows } from './markdown.js';

const document = read('docs/pipelines.md');

interface Schema {
  const?: unknown;
  properties?: Record<string, Schema>;
  items?: Schema;
  oneOf?: Schema[];
  anyOf?: Schema[];
}

/** Keys with those below them, dotted; a form or a map by names of its own has none. */
function keysOf({ properties = {} }: Schema, prefix = ''): string[] {
  return Object.entries(properties).flatMap(([key, schema]) =>
    schema.properties ? keysOf(schema, `${prefix}${key}.`) : [prefix + key],
  );
}

const whole = z.toJSONSchema(pipelineDefinition, { unrepresentable: 'any' }) as Schema;
const nodes = whole.properties?.['nodes']?.items ?? {};
const shapes = new Map(
  (nodes.oneOf ?? nodes.anyOf ?? []).map((shape) => [shape.properties?.['kind']?.const as NodeKind, shape]),
);
const common = keysOf(shapes.get('start') ?? {});

/** The first column of a section's tables, by which its other columns are found. */
const tableOf = (heading: string): Map<string, string[]> =>
  new Map(tableRows(section(document, heading)).map(([key = '', ...cells]) => [key.replaceAll('`', ''), cells]));

test('has a section for every kind of node', () => {
  expect([...shapes.keys()].sort()).toEqual([...nodeKinds].sort());
  for (const kind of nodeKinds) expect(document).toMatch(new RegExp(`^## ${kind}$`, 'm'));
});

test('has the keys of a definition', () => {
  const documented = [...tableOf('The definition').keys()].map((key) => key.split('.')[0]);

  expect([...new Set(documented)].sort()).toEqual(Object.keys(whole.properties ?? {}).sort());
});

test('has the keys that every node has', () => {
  expect([...tableOf('Every node').keys()].sort()).toEqual([...common].sort());
});

test.each(nodeKinds)('has every key of a %s node, and no other', (kind) => {
  const own = keysOf(shapes.get(kind) ?? {}).filter((key) => !common.includes(key));

  expect([...tableOf(kind).keys()].sort()).toEqual(own.sort());
});

describe('tells the default', () => {
  const told = (heading: string, key: string): string => (tableOf(heading).get(key)?.[0] ?? '').replaceAll('`', '');

  test('of times and limits', () => {
    expect({
      leaseMs: durationMs(told('Every node', 'settings.lease')),
      retainMs: durationMs(told('Every node', 'settings.retain')),
      priority: Number(told('Every node', 'settings.priority')),
      maxReviewFailures: Number(told('review', 'limits.maxReviewFailures')),
      maxReReviews: Number(told('review', 'limits.maxReReviews')),
    }).toEqual(defaults);
  });

  test.each(['labeling', 'review', 'consensus'] as const)('of the actions of a %s node', (kind) => {
    expect(told(kind, 'actions')).toBe(`[${actionsOf({ kind } as PipelineNode).join(', ')}]`);
  });
});

test('has every way to resolve', () => {
  expect([...tableOf('Resolving what is held').keys()].sort()).toEqual([...resolveHows].sort());
});

test.each(nodeKinds)('has an example of a %s node that can be published', (kind) => {
  const [example] = fencedBlocks(section(document, kind), 'yaml');
  const parsed = pipelineDefinition.safeParse(parse(example ?? ''));

  expect(parsed.error).toBeUndefined();
  expect(parsed.data?.nodes.map((node) => node.kind)).toContain(kind);
  expect(parsed.data && checkPipeline(parsed.data)).toEqual([]);
});
