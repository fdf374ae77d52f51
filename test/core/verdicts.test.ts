// What a verdict may say beside pass and fail: values of the reviewer's own, verdicts by field, and a comment that is due.
import { describe, expect, test } from 'vitest';
import { recordOf } from '../../core/record.js';
import { ann, aPipeline, aSubmission, end, labeledAndReviewed, labeling } from '../support/builders.js';
import { ravi, review, reviewedTwice, rita } from '../support/builders.js';
import { World } from './world.js';

const fix = { submission: aSubmission('fixed by rita') };

describe('An approval with values', () => {
  test('is a fix: what the reviewed node came to, and no failure', () => {
    const world = new World(labeledAndReviewed());
    world.labels(ann, 'annotate');

    world.judges(rita, 'qa', 'approve', { ...fix, comment: 'one letter' });

    expect(world.instance('qa')).toMatchObject({ verdict: 'fixed', outcome: 'approve', performer: 'rita' });
    expect(world.cycle.results['annotate']).toMatchObject({ submission: fix.submission, performers: ['ann', 'rita'] });
    expect(world.cycle.counters).toEqual({});
    expect(world.cycle.outcome).toBe('complete');
  });

  test('is recorded as a submission of the reviewed node', () => {
    const world = new World(labeledAndReviewed());
    world.labels(ann, 'annotate');
    world.judges(rita, 'qa', 'approve', fix);
    const { events } = recordOf(undefined, world.cycle, world.eventsOf('reviewed'), [], {
      runId: 'run',
      sequence: 1,
      decidedAt: 1,
    });

    expect(events).toMatchObject([{ type: 'reviewed', verdict: 'fixed', of: 'annotate' }]);
  });

  test('keeps author and fixer from the next review, and rework with the author', () => {
    const world = new World(reviewedTwice());
    world.labels(ann, 'annotate');
    world.judges(rita, 'qa1', 'approve', fix);

    expect(world.codeOf(ann, 'claim', 'qa2')).toBe('PERFORMER_EXCLUDED');
    expect(world.codeOf(rita, 'claim', 'qa2')).toBe('PERFORMER_EXCLUDED');
    world.judges(ravi, 'qa2', 'reject');
    expect(world.instance('annotate')).toMatchObject({ reservedFor: 'ann', draft: fix.submission });
  });

  test('needs work that it could fix', () => {
    const world = new World(
      aPipeline(
        [labeling('annotate', { settings: { onSkip: 'leave' } }), review('qa', 'annotate'), end()],
        ['start → annotate', 'annotate → qa', 'qa → end'],
      ),
    );
    world.does(ann, 'claim', 'annotate');
    world.does(ann, 'skip', 'annotate');
    world.does(rita, 'claim', 'qa');

    expect(world.codeOf(rita, 'approve', 'qa', fix)).toBe('INVALID_ACTION');
    expect(world.codeOf(rita, 'approve', 'qa')).toBe('ok');
  });
});

describe('Verdicts by field', () => {
  const fieldVerdicts = [
    { field: '/label', verdict: 'fail', comment: 'a dog' },
    { field: '/box', verdict: 'pass' },
  ];

  test('of a rejection name the failed fields, with those that are listed', () => {
    const world = new World(labeledAndReviewed());
    world.labels(ann, 'annotate');

    world.judges(rita, 'qa', 'reject', { fields: ['/note', '/label'], fieldVerdicts });

    expect(world.eventsOf('reviewed')).toMatchObject([{ fields: ['/note', '/label'], fieldVerdicts }]);
  });

  test('of an approval are kept too', () => {
    const world = new World(labeledAndReviewed());
    world.labels(ann, 'annotate');

    world.judges(rita, 'qa', 'approve', { fieldVerdicts });

    expect(world.eventsOf('reviewed')).toMatchObject([{ verdict: 'pass', fields: ['/label'], fieldVerdicts }]);
  });

  test('that all pass fail no field', () => {
    const world = new World(labeledAndReviewed());
    world.labels(ann, 'annotate');
    world.judges(rita, 'qa', 'approve', { fieldVerdicts: [{ field: '/label', verdict: 'pass' }] });

    expect(world.eventsOf('reviewed')[0]).not.toHaveProperty('fields');
  });
});

describe('A comment', () => {
  test('is due with a rejection where the node wants one', () => {
    const world = new World(labeledAndReviewed({ commentOnFail: true }));
    world.labels(ann, 'annotate');
    world.does(rita, 'claim', 'qa');

    expect(world.codeOf(rita, 'reject', 'qa')).toBe('COMMENT_REQUIRED');
    expect(world.codeOf(rita, 'reject', 'qa', { comment: '  ' })).toBe('COMMENT_REQUIRED');
    expect(world.codeOf(rita, 'reject', 'qa', { comment: 'a dog' })).toBe('ok');
  });

  test('is never due with an approval, nor where the node wants none', () => {
    const wanting = new World(labeledAndReviewed({ commentOnFail: true }));
    wanting.labels(ann, 'annotate');
    expect(wanting.judges(rita, 'qa', 'approve').outcome).toBe('approve');

    const world = new World(labeledAndReviewed());
    world.labels(ann, 'annotate');
    expect(world.judges(rita, 'qa', 'reject').outcome).toBe('reject');
  });
});

test('Answers to failed fields are told with what was handed in', () => {
  const world = new World(labeledAndReviewed());
  const answers = { '/label': 'it is a cat, see its tail' };
  world.labels(ann, 'annotate', { answers });

  expect(world.eventsOf('submitted')).toMatchObject([{ answers }]);
});
