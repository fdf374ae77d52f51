import { describe, expect, test } from 'vitest';
import type { PipelineNode } from '../../core/pipeline.js';
import { planNode } from '../../core/plan-node.js';
import { actionsOf, compilePlan, withOverlap } from '../../core/plan.js';
import { isManager, mayReview, mayWork, roles } from '../../core/roles.js';
import {
  aPipeline,
  consensus,
  consensusReview,
  day,
  end,
  hour,
  labeledAndReviewed,
  labeling,
  minute,
  review,
  start,
  votedOn,
} from '../support/builders.js';

const compiled = (node: PipelineNode): unknown => planNode(compilePlan(aPipeline([node], [])), node.key);

describe('A plan', () => {
  test('has the defaults of a node that says nothing', () => {
    expect(compiled(labeling('annotate'))).toEqual({
      key: 'annotate',
      kind: 'labeling',
      actions: ['complete', 'discard'],
      leaseMs: 30 * minute,
      retainMs: day,
      priority: 0.5,
      exclude: [],
    });
  });

  test('has the settings of a node that says something', () => {
    const settings = { lease: 'PT2H', retain: 'P3D', priority: 0, excludePerformersOf: ['first'] };

    expect(compiled(labeling('annotate', { settings, actions: ['yes', 'no'] }))).toMatchObject({
      actions: ['yes', 'no'],
      leaseMs: 2 * hour,
      retainMs: 3 * day,
      priority: 0,
      exclude: ['first'],
    });
  });

  test('knows what is not as usual, and leaves out what is', () => {
    expect(compiled(labeling('annotate', { settings: { onSkip: 'leave' } }))).toMatchObject({ onSkip: 'leave' });
    expect(compiled(labeling('annotate', { settings: { onSkip: 'others' } }))).not.toHaveProperty('onSkip');
    expect(compiled(review('qa', 'annotate', { sample: 0.2, commentOnFail: true }))).toMatchObject({
      review: { sample: 0.2, commentOnFail: true },
    });
    const usual = { of: 'annotate', rejectTo: 'annotate', maxReviewFailures: 2, maxReReviews: 4 };
    expect(compiled(review('qa', 'annotate', { sample: 1, commentOnFail: false, strict: true }))).toHaveProperty(
      'review',
      usual,
    );
  });

  test('of a review knows its limits, where rejected work goes, and whom to keep out', () => {
    expect(compiled(review('qa', 'annotate'))).toMatchObject({
      actions: ['approve', 'reject', 'discard'],
      exclude: ['annotate'],
      review: { of: 'annotate', rejectTo: 'annotate', maxReviewFailures: 2, maxReReviews: 4 },
    });
    expect(
      compiled(
        review('qa', 'annotate', {
          rejectTo: 'outline',
          limits: { maxReviewFailures: 0, maxReReviews: 9 },
          settings: { excludePerformersOf: ['annotate', 'outline'] },
        }),
      ),
    ).toMatchObject({
      exclude: ['annotate', 'outline'],
      review: { rejectTo: 'outline', maxReviewFailures: 0, maxReReviews: 9 },
    });
  });

  test('of a consensus knows its votes and how they are counted', () => {
    expect(compiled(consensus('vote', 3, { threshold: 0.5, fields: ['label', 'box'] }))).toMatchObject({
      actions: ['complete'],
      consensus: { slots: 3, fields: ['label', 'box'], threshold: 0.5, onDisagreement: 'escalate', keepsVoters: true },
    });
    expect(compiled(consensus('vote', 3, { onDisagreement: 'tie' }))).toMatchObject({
      consensus: { threshold: 0, onDisagreement: 'tie' },
    });
  });

  test('of a consensus has what its policy and its overlap say beyond that, and nothing that is the default', () => {
    const plain = { kind: 'majority' as const, fields: { label: 'exact' as const }, threshold: 0 };
    const plan = compilePlan(votedOn(3, { onEarlyStop: 'accept', policy: plain }));
    const rule = planNode(plan, 'vote')?.consensus;
    expect(Object.keys(rule ?? {}).sort()).toEqual(['fields', 'keepsVoters', 'onDisagreement', 'slots', 'threshold']);
    expect(
      compiled(
        consensus('vote', 3, {
          overlap: { min: 3, max: 5, stopEarly: true },
          onEarlyStop: 'cancel',
          policy: {
            kind: 'weighted',
            fields: { label: 'exact', box: { iou: 0.5 } },
            weights: { ann: 2 },
            defaultWeight: 0,
          },
        }),
      ),
    ).toMatchObject({
      consensus: {
        max: 5,
        stopEarly: true,
        onEarlyStop: 'cancel',
        kind: 'weighted',
        fields: ['label', 'box'],
        comparators: { box: { iou: 0.5 } },
        weights: { ann: 2 },
        defaultWeight: 0,
      },
    });
  });

  test('of a consensus_review knows what it judges, when, and its limits', () => {
    expect(compiled(consensusReview('judge', 'vote', { only: 'disagreement' }))).toMatchObject({
      actions: ['approve', 'reject'],
      exclude: ['vote'],
      review: { of: 'vote', rejectTo: 'vote', only: 'disagreement', maxReviewFailures: 2, maxReReviews: 4 },
    });
  });

  test('of an end knows the outcome', () => {
    expect(compiled(end())).toMatchObject({ end: 'complete' });
    expect(compiled({ key: 'end', kind: 'end' })).toMatchObject({ end: 'complete' });
    expect(compiled(end('shelf', 'archive'))).toMatchObject({ end: 'archive' });
  });

  test('carries no form and no text, and stays small', () => {
    const definition = labeledAndReviewed({ title: 'Check', instructions: 'Look *closely*.' });

    const text = JSON.stringify(compilePlan(definition));

    expect(text).not.toMatch(/form|title|Look/);
    expect(text.length).toBeLessThan(1_500);
  });

  test('is plain JSON', () => {
    const plan = compilePlan(labeledAndReviewed());

    expect(JSON.parse(JSON.stringify(plan))).toStrictEqual(plan);
  });
});

describe('The votes that a task asks for', () => {
  test('take the place of those of the pipeline', () => {
    const plan = compilePlan(votedOn(3));

    expect(planNode(withOverlap(plan, 5), 'vote')?.consensus?.slots).toBe(5);
    expect(planNode(plan, 'vote')?.consensus?.slots).toBe(3);
  });

  test('are never more than the most that may be asked for', () => {
    const plan = compilePlan(votedOn(2, { overlap: { min: 2, max: 4 } }));

    expect(planNode(withOverlap(plan, 3), 'vote')?.consensus).toMatchObject({ slots: 3, max: 4 });
    expect(planNode(withOverlap(plan, 6), 'vote')?.consensus).toMatchObject({ slots: 6, max: 6 });
  });

  test('are those of the pipeline where it asks for none', () => {
    const plan = compilePlan(votedOn(3));

    expect(withOverlap(plan, null)).toBe(plan);
  });

  test('leave other nodes alone', () => {
    const plan = compilePlan(labeledAndReviewed());

    expect(withOverlap(plan, 5)).toEqual(plan);
  });
});

test('Start and end have no actions', () => {
  expect([actionsOf(start()), actionsOf(end())]).toEqual([[], []]);
});

test('Roles take the work that is theirs', () => {
  const takers = (kind: Parameters<typeof mayWork>[1]): string[] => roles.filter((role) => mayWork(role, kind));

  expect(takers('labeling')).toEqual(['admin', 'team_manager', 'annotator', 'annotator_reviewer']);
  expect(takers('consensus')).toEqual(takers('labeling'));
  expect(takers('review')).toEqual(['admin', 'team_manager', 'reviewer', 'annotator_reviewer']);
  expect([...takers('start'), ...takers('end')]).toEqual([]);
  expect(roles.filter(isManager)).toEqual(['admin', 'team_manager']);
  expect(roles.filter(mayReview)).toEqual(takers('review'));
});
