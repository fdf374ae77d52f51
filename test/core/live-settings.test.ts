// Settings that change while a cycle runs: they hold from the next visit on, and go back to what the version says.
import { describe, expect, it } from 'vitest';
import { checkPipeline } from '../../core/check-pipeline.js';
import type { LiveSettings } from '../../core/live-settings.js';
import { inForce, settingNames, settingsOf } from '../../core/live-settings.js';
import { tuningOf, withSettings } from '../../core/tuning.js';
import type { PlanNode } from '../../core/plan-node.js';
import { retiredBy } from '../../core/plan-node.js';
import { nodeKinds } from '../../core/pipeline.js';
import type { PipelineDefinition, PipelineNode } from '../../core/pipeline.js';
import { compilePlan } from '../../core/plan.js';
import { instanceRow } from '../../core/record.js';
import { World } from './world.js';
import {
  aPipeline,
  ann,
  aPlan,
  bob,
  end,
  labeledAndReviewed,
  labeling,
  minute,
  review,
  rita,
} from '../support/builders.js';

const settings = (live: Record<string, LiveSettings>, number = 1) => ({ number, nodes: live });

/** What the cycle hears when the settings were changed at a time. */
function change(world: World, definition: PipelineDefinition, live: Record<string, LiveSettings>, number = 1): void {
  const plan = compilePlan(definition);
  const nodes = plan.nodes.flatMap((node) => {
    const own = live[node.key];
    return own ? [[node.key, { changedAt: world.now, tuning: tuningOf(plan, node, own) }] as const] : [];
  });
  for (const { workflowId } of world.streams) {
    world.hears({ type: 'settingsChanged', at: world.now, number, nodes: Object.fromEntries(nodes) }, workflowId);
  }
}

const leaseAt = (world: World, node: string): number => {
  const instance = world.instance(node);
  return (instance.leaseUntil ?? 0) - (instance.claimedAt ?? 0);
};

describe('a plan with live settings', () => {
  const definition = labeledAndReviewed({ limits: { maxReviewFailures: 1 }, sample: 0.5 });

  it.each<[keyof LiveSettings, LiveSettings, object]>([
    ['lease', { lease: 'PT1M' }, { leaseMs: minute }],
    ['retain', { retain: 'PT2M' }, { retainMs: 2 * minute }],
    ['priority', { priority: 1 }, { priority: 1 }],
    ['excludePerformersOf', { excludePerformersOf: ['other'] }, { exclude: ['other', 'annotate'] }],
    ['onSkip', { onSkip: 'me' }, { onSkip: 'me' }],
    ['limits', { limits: { maxReReviews: 9 } }, { review: { maxReviewFailures: 1, maxReReviews: 9, sample: 0.5 } }],
    ['sample', { sample: 0.25 }, { review: { sample: 0.25 } }],
  ])('has %s', (_, live, expected) => {
    const plan = withSettings(compilePlan(definition), settings({ qa: live }));

    expect(plan.nodes.find(({ key }) => key === 'qa')).toMatchObject(expected);
    expect(plan.settings).toBe(1);
    expect(plan).toEqual({ ...compilePlan(inForce(definition, { qa: live })), settings: 1 });
  });

  it('is the version itself where nothing was ever changed, and again where all is taken back', () => {
    const plan = compilePlan(definition);

    expect(withSettings(plan, settings({}, 0))).toBe(plan);
    expect(withSettings(plan, settings({ qa: {}, gone: { lease: 'PT1M' } }, 3))).toEqual({ ...plan, settings: 3 });
  });

  it('reviews every task where the share is 1', () => {
    const plan = withSettings(compilePlan(definition), settings({ qa: { sample: 1 } }));

    expect(plan.nodes.find(({ key }) => key === 'qa')?.review).not.toHaveProperty('sample');
  });

  it('does not let work leave by an edge that the version lacks', () => {
    const plan = withSettings(compilePlan(definition), settings({ annotate: { onSkip: 'leave' } }));

    expect(plan.nodes.find(({ key }) => key === 'annotate')).not.toHaveProperty('onSkip');
  });

  it('is told by the definition with its settings in force', () => {
    const [, , qa] = inForce(definition, { qa: { limits: { maxReReviews: 9 }, lease: 'PT1M' } }).nodes;

    expect(qa && settingsOf(qa)).toEqual({
      lease: 'PT1M',
      limits: { maxReviewFailures: 1, maxReReviews: 9 },
      sample: 0.5,
    });
    expect(checkPipeline(inForce(definition, { qa: { lease: 'soon' } }))).toMatchObject([
      { pointer: '/nodes/2/settings/lease', severity: 'error' },
    ]);
  });

  it('knows which settings a kind has', () => {
    const having = (name: keyof LiveSettings) =>
      nodeKinds.filter((kind) => settingNames({ kind, key: 'x' } as PipelineNode).includes(name));

    expect(having('limits')).toEqual(['review', 'consensus_review']);
    expect(having('sample')).toEqual(['review']);
    expect(having('lease')).toEqual(['labeling', 'review', 'consensus', 'consensus_review', 'llm', 'external']);
  });
});

describe('a cycle that hears of other settings', () => {
  const definition = labeledAndReviewed();

  it('keeps the lease of a visit that was opened before, and has the new one from the next visit on', () => {
    const world = new World(definition);
    world.passes(minute);
    change(world, definition, { annotate: { lease: 'PT1M' }, qa: { lease: 'PT2M' } });

    world.does(ann, 'claim', 'annotate');
    expect(leaseAt(world, 'annotate')).toBe(30 * minute);
    expect(instanceRow(world.cycle, world.instance('annotate')).leaseMs).toBe(30 * minute);
    world.passes(minute);
    world.does(ann, 'heartbeat', 'annotate');
    expect(leaseAt(world, 'annotate')).toBe(31 * minute);
    world.does(ann, 'submit', 'annotate');

    world.judges(rita, 'qa', 'reject');
    world.does(ann, 'claim', 'annotate');
    expect(leaseAt(world, 'annotate')).toBe(minute);
    world.does(ann, 'submit', 'annotate');
    world.does(rita, 'claim', 'qa');
    expect(leaseAt(world, 'qa')).toBe(2 * minute);
  });

  it('takes them into a visit that was opened since, as it hears of them by the record of just that', () => {
    const world = new World(definition);
    const changedAt = world.now + 1;
    world.passes(minute);
    world.labels(ann, 'annotate');
    const plan = compilePlan(definition);
    const [, , qa] = plan.nodes as [PlanNode, PlanNode, PlanNode];
    const tuning = tuningOf(plan, qa, { lease: 'PT2M', excludePerformersOf: [] });
    const { version } = world.instance('qa');
    world.hears({ type: 'settingsChanged', at: world.now, number: 1, nodes: { qa: { changedAt, tuning } } });

    expect(world.instance('qa')).toMatchObject({ version: version + 1, excluded: ['ann'] });
    world.does(rita, 'claim', 'qa');
    expect(leaseAt(world, 'qa')).toBe(2 * minute);
  });

  it('goes by the limits that hold when a review fails', () => {
    const world = new World(definition);
    world.labels(ann, 'annotate');
    change(world, definition, { qa: { limits: { maxReviewFailures: 0 } } });
    world.judges(rita, 'qa', 'reject');

    expect(world.instance('annotate')).toMatchObject({ status: 'escalated' });
  });

  it('rules out at the next visit whom the setting names', () => {
    const chain = aPipeline(
      [labeling('one'), labeling('two'), labeling('three'), end()],
      ['start → one', 'one → two', 'two → three', 'three → end'],
    );
    const world = new World(chain);
    world.labels(ann, 'one');
    change(world, chain, { three: { excludePerformersOf: ['one'] } });
    world.labels(bob, 'two');

    expect(world.codeOf(ann, 'claim', 'three')).toBe('PERFORMER_EXCLUDED');
    expect(world.codeOf(bob, 'claim', 'three')).toBe('ok');
  });

  it('has the settings of its version again when they are taken back', () => {
    const world = new World(definition);
    change(world, definition, { qa: { lease: 'PT2M' } });
    change(world, definition, { qa: {} }, 2);

    expect(world.cycle.plan).toEqual({ ...aPlan(definition), settings: 2 });
  });
});

describe('nodes that a version leaves behind', () => {
  const planOf = (...keys: string[]) =>
    compilePlan(aPipeline([...keys.map((key) => labeling(key)), end()], [`start → ${keys[0] ?? 'end'}`]));
  const keysOf = (nodes: readonly { key: string }[]) => nodes.map(({ key }) => key);

  it('are remembered once, with those of versions before, until a version has them again', () => {
    const first = retiredBy(planOf('b'), planOf('a'), []);
    const second = retiredBy(planOf('c'), planOf('b'), first);

    expect(keysOf(first)).toEqual(['a']);
    expect(keysOf(second)).toEqual(['b', 'a']);
    expect(keysOf(retiredBy(planOf('a', 'c'), planOf('c'), second))).toEqual(['b']);
  });

  it('are remembered where the new version has them as another kind', () => {
    const next = compilePlan(aPipeline([labeling('b'), review('a', 'b'), end()], ['start → b', 'b → a', 'a → end']));

    expect(retiredBy(next, planOf('a'), [])).toMatchObject([{ key: 'a', kind: 'labeling' }]);
  });
});
