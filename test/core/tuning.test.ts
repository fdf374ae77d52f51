// Settings of programs, times and verdicts that change while a cycle runs, and what of them an open visit keeps.
import { describe, expect, it } from 'vitest';
import { checkPipeline } from '../../core/check-pipeline.js';
import type { LiveSettings } from '../../core/live-settings.js';
import { inForce, laidOver, settingsOf } from '../../core/live-settings.js';
import type { PipelineDefinition } from '../../core/pipeline.js';
import { compilePlan } from '../../core/plan.js';
import { executedEvents } from '../../core/programs.js';
import { instanceRow } from '../../core/record.js';
import { tuningOf, withSettings } from '../../core/tuning.js';
import { World } from './world.js';
import {
  ann,
  aPipeline,
  aSubmission,
  boss,
  code,
  consensus,
  end,
  external,
  labeledAndReviewed,
  labeling,
  llm,
  minute,
  modelAs,
  review,
  rita,
} from '../support/builders.js';

const everything = aPipeline(
  [
    labeling('annotate', { settings: modelAs('suggest') }),
    review('qa', 'annotate'),
    llm('ask'),
    external('send', { timeout: 'PT1H' }),
    code('run'),
    end(),
  ],
  ['start → annotate', 'annotate → qa', 'qa → ask', 'ask → send', 'send → run', 'run → end'],
);

/** What the cycle hears when the settings were changed at a time. */
function change(
  world: World,
  definition: PipelineDefinition,
  live: Record<string, LiveSettings>,
  { number = 1, changedAt = world.now } = {},
): void {
  const plan = compilePlan(definition);
  const nodes = plan.nodes.flatMap((node) => {
    const own = live[node.key];
    return own ? [[node.key, { changedAt, tuning: tuningOf(plan, node, own) }] as const] : [];
  });
  for (const { workflowId } of world.streams) {
    world.hears({ type: 'settingsChanged', at: world.now, number, nodes: Object.fromEntries(nodes) }, workflowId);
  }
}

describe('a plan with live settings', () => {
  it.each<[string, LiveSettings]>([
    ['annotate', { due: 'PT2H', rerunOnStatusChange: false }],
    ['annotate', { model: { model: 'other', minConfidence: 0.7, timeout: 'PT9S', retry: { attempts: 7 } } }],
    ['qa', { commentOnFail: true, due: 'P1D' }],
    ['ask', { model: { model: 'other', retry: { initial: 'PT7S', max: 'PT8S' } }, onFailure: 'fail' }],
    ['send', { timeout: 'PT3H' }],
    ['send', { timeout: 'PT3H', lease: 'PT5M' }],
    ['run', { timeout: 'PT3S', retry: { attempts: 1 }, rerunOnStatusChange: false }],
    // What is not in the plan at all.
    ['ask', { model: { prompt: 'Which one?', budget: { tokens: 9 } }, instructions: 'Look twice.' }],
    ['qa', { strict: true, instructions: 'Look twice.' }],
  ])('is at %s what a version with %j would be', (node, live) => {
    const definition = inForce(everything, { [node]: live });

    expect(withSettings(compilePlan(everything), { number: 1, nodes: { [node]: live } })).toEqual({
      ...compilePlan(definition),
      settings: 1,
    });
    expect(settingsOf(definition.nodes.find(({ key }) => key === node) ?? end())).toMatchObject(live);
  });

  it('gives no time to an external node of a version that does not say where it leads', () => {
    const definition = aPipeline([external('send'), end()], ['start → send', 'send : complete → end']);
    const plan = compilePlan(definition);

    expect(checkPipeline(inForce(definition, { send: { timeout: 'PT1S' } }))).toMatchObject([
      { pointer: '/nodes/1', severity: 'error' },
    ]);
    expect(withSettings(plan, { number: 1, nodes: { send: { timeout: 'PT1S' } } })).toEqual({ ...plan, settings: 1 });
  });

  it('leaves idle what a node has not', () => {
    const definition = aPipeline(
      [labeling('annotate'), consensus('vote', 2), end()],
      ['start → annotate', 'annotate → vote', 'vote → end'],
    );
    const live = { annotate: { model: { prompt: 'x' }, limits: {} }, vote: { rerunOnStatusChange: false } };

    expect(inForce(definition, live).nodes.map(settingsOf)).toEqual(definition.nodes.map(settingsOf));
  });
});

it('patches are laid over field by field, and null takes away', () => {
  const before = { model: { prompt: 'a', retry: { attempts: 1, max: 'PT1S' } }, lease: 'PT1M', due: 'PT1H' };
  const patch = { model: { prompt: null, retry: { attempts: 2 } }, lease: null };

  expect(laidOver(before, patch)).toEqual({ model: { retry: { attempts: 2, max: 'PT1S' } }, due: 'PT1H' });
});

describe('a cycle that hears of other settings', () => {
  const definition = labeledAndReviewed();

  it('is due at the next visit as they say, and at the open one as it was', () => {
    const due = aPipeline(
      [labeling('annotate', { settings: { due: 'PT30M' } }), review('qa', 'annotate'), end()],
      ['start → annotate', 'annotate : complete → qa', 'qa : approve → end'],
    );
    const world = new World(due);
    const opened = world.now;
    world.passes(minute);
    change(world, due, { annotate: { due: 'PT10M' }, qa: { due: 'PT5M' } });

    expect(instanceRow(world.cycle, world.instance('annotate')).dueAt).toBe(opened + 30 * minute);
    world.labels(ann, 'annotate');
    expect(world.instance('qa').dueAt).toBe(world.now + 5 * minute);
    world.judges(rita, 'qa', 'reject');
    expect(world.instance('annotate').dueAt).toBe(world.now + 10 * minute);
    change(world, due, { annotate: {}, qa: {} }, { number: 2 });
    expect(world.cycle.plan).toEqual({ ...compilePlan(due), settings: 2 });
  });

  it('wants words of a rejection from then on', () => {
    const world = new World(definition);
    world.labels(ann, 'annotate');
    change(world, definition, { qa: { commentOnFail: true } });
    world.does(rita, 'claim', 'qa');

    expect(world.codeOf(rita, 'reject', 'qa')).toBe('COMMENT_REQUIRED');
    change(world, definition, { qa: {} }, { number: 2 });
    expect(world.codeOf(rita, 'reject', 'qa')).toBe('ok');
  });

  it('lets what follows stay where the very reopening told it so', () => {
    const world = new World(definition);
    world.labels(ann, 'annotate');
    const changedAt = world.now + 1;
    world.passes(minute);
    world.does(boss, 'reopen', 'annotate');
    change(world, definition, { annotate: { rerunOnStatusChange: false } }, { changedAt });

    expect(world.instance('annotate')).toMatchObject({ visit: 2, reopened: 'keep' });
  });

  it('goes on as it was where an event of before tells less', () => {
    const strict = aPipeline(
      [
        labeling('annotate', { settings: { due: 'PT1H', rerunOnStatusChange: false } }),
        review('qa', 'annotate', { commentOnFail: true }),
        end(),
      ],
      ['start → annotate', 'annotate : complete → qa', 'qa : approve → end'],
    );
    const world = new World(strict);
    const told = { leaseMs: 1, retainMs: 2, priority: 0, exclude: [] };
    const nodes = {
      annotate: { changedAt: world.now + 1, tuning: told },
      qa: { changedAt: world.now + 1, tuning: { ...told, maxReviewFailures: 2, maxReReviews: 4 } },
    };
    world.hears({ type: 'settingsChanged', at: world.now, number: 1, nodes });

    const [, annotate, qa] = compilePlan(strict).nodes;
    expect(world.cycle.plan.nodes.slice(1, 3)).toEqual([
      { ...annotate, ...told },
      { ...qa, ...told },
    ]);
  });
});

describe('a program', () => {
  const asks = aPipeline(
    [labeling('annotate'), llm('ask'), end()],
    ['start → annotate', 'annotate : complete → ask', 'ask → end'],
  );
  const other: LiveSettings = { model: { model: 'other', minConfidence: 0.9 } };
  const result = { outcome: 'complete', submission: aSubmission(), confidence: 0.5 };

  it('that the very command reached, which told of the change, is the one of now', () => {
    const world = new World(asks);
    const changedAt = world.now + 1;
    world.passes(minute);
    world.labels(ann, 'annotate');
    change(world, asks, { ask: other }, { changedAt });

    expect(world.instance('ask')).toMatchObject({ status: 'claimed', assignee: 'model:other' });
  });

  it('is judged by what it began with', () => {
    const world = new World(asks);
    world.labels(ann, 'annotate');
    const { execution = '' } = world.instance('ask');
    const begunWith = world.cycle.plan.nodes.find(({ key }) => key === 'ask')?.program;
    change(world, asks, { ask: other }, { changedAt: world.now + 1 });

    const came = (program = begunWith) =>
      executedEvents(world.cycle, execution, { ok: true, result }, world.now, program);
    expect(came()).toMatchObject([{ type: 'submitted', actor: { id: 'model:m' } }, { type: 'routed' }]);
    const now = world.cycle.plan.nodes.find(({ key }) => key === 'ask')?.program;
    expect(came(now)).toMatchObject([{ type: 'suggested' }]);
  });

  it('of before keeps no work for itself', () => {
    const judged = aPipeline(
      [llm('ask'), review('qa', 'ask'), end()],
      ['start → ask', 'ask → qa', 'qa : approve → end'],
    );
    const world = new World(judged);
    const { execution = '' } = world.instance('ask');
    for (const event of executedEvents(world.cycle, execution, { ok: true, result }, world.now)) world.hears(event);
    change(world, judged, { ask: other });
    world.judges(rita, 'qa', 'reject');

    expect(world.instance('ask')).toMatchObject({ visit: 2, status: 'available' });
    expect(world.instance('ask')).not.toHaveProperty('reservedFor');
  });
});
