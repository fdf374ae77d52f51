import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hash32, isSampled } from '../../core/sample.js';
import { aPipeline, ann, boss, end, labeledAndReviewed, labeling, review, reviewedTwice } from '../support/builders.js';
import { rita } from '../support/builders.js';
import { World } from './world.js';

describe('A sample', () => {
  test('is of the share that was asked for, whatever the node', () => {
    for (const [node, share] of [
      ['qa', 0.1],
      ['qa', 0.5],
      ['qb', 0.5],
    ] as const) {
      const ids = Array.from(
        { length: 4_000 },
        (_, index) => `tsk_0193f2c4a7b07e${index.toString(16).padStart(18, '0')}`,
      );
      const taken = ids.filter((id) => isSampled(id, node, share)).length / ids.length;

      expect(Math.abs(taken - share), `${node} ${String(share)}`).toBeLessThan(0.03);
    }
  });

  test('of one node says nothing of that of another', () => {
    const ids = Array.from({ length: 4_000 }, (_, index) => `tsk_${String(index)}`);
    const both = ids.filter((id) => isSampled(id, 'qa1', 0.5) && isSampled(id, 'qa2', 0.5)).length;

    expect(Math.abs(both / ids.length - 0.25)).toBeLessThan(0.03);
  });

  test('takes all of 1 and none of 0, and what it takes of a share it takes of a larger one', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.double({ min: 0, max: 1, noNaN: true }), (task, node, share) => {
        expect(isSampled(task, node, 1)).toBe(true);
        expect(isSampled(task, node, 0)).toBe(false);
        if (isSampled(task, node, share)) expect(isSampled(task, node, Math.min(1, share * 1.5))).toBe(true);
      }),
    );
  });

  test('is for ever the same: histories were decided by it', () => {
    expect([hash32(''), hash32('task-1 qa'), hash32('tsk_1 review-2')]).toEqual([2872998923, 2916951288, 1725046066]);
  });
});

describe('A sampled review', () => {
  test('passes a task on that it does not look at, and work goes on', () => {
    const world = new World(labeledAndReviewed({ sample: 0 }));
    world.labels(ann, 'annotate');

    expect(world.instance('qa')).toMatchObject({ status: 'na', outcome: 'approve' });
    expect(world.instance('annotate')).toMatchObject({ status: 'finished', outcome: 'complete' });
    expect(world.cycle.outcome).toBe('complete');
  });

  test('looks at every task when it says nothing', () => {
    const world = new World(labeledAndReviewed());
    world.labels(ann, 'annotate');

    expect(world.instance('qa').status).toBe('available');
  });

  test('takes its approve edge alone', () => {
    const world = new World(
      aPipeline(
        [
          labeling('annotate'),
          review('qa', 'annotate', { sample: 0 }),
          labeling('next'),
          end('thrown', 'discard'),
          end(),
        ],
        ['start → annotate', 'annotate → qa', 'qa : approve → next', 'qa : discard → thrown', 'next → end'],
      ),
    );
    world.labels(ann, 'annotate');

    expect(world.instance('next').status).toBe('available');
    expect(world.instance('thrown').status).toBe('na');
  });

  test('is one of several in a row', () => {
    const world = new World(reviewedTwice({ sample: 0 }, {}));
    world.labels(ann, 'annotate');
    world.judges(rita, 'qa2', 'reject');
    world.labels(ann, 'annotate');

    expect(world.instance('qa1').status).toBe('na');
    world.judges(rita, 'qa2', 'approve');
    expect(world.cycle.outcome).toBe('complete');
  });

  test('looks again at what failed there once, also after a restart', () => {
    const share = 0.9;
    expect(isSampled('task-1', 'qa', share)).toBe(true);
    const world = new World(labeledAndReviewed({ sample: share }));
    const lower = (): void => {
      for (const stream of world.streams) for (const node of stream.plan.nodes) if (node.review) node.review.sample = 0;
    };
    world.labels(ann, 'annotate');
    world.judges(rita, 'qa', 'reject');
    lower();
    world.labels(ann, 'annotate');
    expect(world.instance('qa').status).toBe('available');

    world.does(boss, 'escalate', 'qa', { reason: 'begin anew' });
    world.does(boss, 'resolve', 'qa', { how: 'restart' });
    world.labels(ann, 'annotate');
    expect(world.instance('qa').status).toBe('available');
  });
});
