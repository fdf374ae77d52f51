import { describe, expect, test } from 'vitest';
import {
  ann,
  aPipeline,
  aSubmission,
  bob,
  boss,
  dawn,
  day,
  end,
  labeledAndReviewed,
  labeling,
  ravi,
  review,
  rita,
} from '../support/builders.js';
import { World } from './world.js';

function rejected(definition = labeledAndReviewed()): World {
  const world = new World(definition);
  world.labels(ann, 'annotate');
  world.judges(rita, 'qa', 'reject', { comment: 'too loose', issueTags: ['box'], fields: ['/box'] });
  return world;
}

describe('A review', () => {
  test('that passes finishes the task, and the work it judged', () => {
    const world = new World(labeledAndReviewed());
    world.labels(ann, 'annotate');
    expect(world.instance('annotate').status).toBe('submitted');

    world.judges(rita, 'qa', 'approve', { comment: 'good' });

    expect(world.instance('qa')).toMatchObject({ status: 'finished', outcome: 'approve', verdict: 'pass' });
    expect(world.instance('annotate')).toMatchObject({ status: 'finished', outcome: 'complete', performer: 'ann' });
    expect(world.cycle).toMatchObject({ status: 'finished', outcome: 'complete' });
  });

  test('keeps what the reviewer said on the timeline', () => {
    const world = rejected();

    expect(world.eventsOf('reviewed')).toMatchObject([
      { verdict: 'fail', comment: 'too loose', issueTags: ['box'], fields: ['/box'], actor: { id: 'rita' } },
    ]);
  });

  test('that discards ends the task where no edge takes the discard', () => {
    const world = new World(labeledAndReviewed());
    world.labels(ann, 'annotate');
    world.does(rita, 'claim', 'qa');

    world.does(rita, 'submit', 'qa', { action: 'discard' });

    expect(world.instance('qa')).toMatchObject({ status: 'finished', outcome: 'discard' });
    expect(world.instance('annotate').status).toBe('finished');
    expect(world.cycle).toMatchObject({ status: 'finished', outcome: 'discard' });
  });

  test('may lead its discard elsewhere, and is finished by it', () => {
    const world = new World(
      aPipeline(
        [labeling('annotate'), review('qa', 'annotate'), end(), end('shelf', 'archive')],
        ['start → annotate', 'annotate → qa', 'qa : approve → end', 'qa : discard → shelf'],
      ),
    );
    world.labels(ann, 'annotate');
    world.does(rita, 'claim', 'qa');

    world.does(rita, 'submit', 'qa', { action: 'discard' });

    expect(world.instance('qa')).toMatchObject({ status: 'finished', outcome: 'discard' });
    expect(world.instance('annotate').status).toBe('finished');
    expect(world.cycle).toMatchObject({ status: 'finished', outcome: 'archive' });
  });

  test('is known to later nodes by its performer, who can be kept from them', () => {
    const world = new World(
      aPipeline(
        [
          labeling('annotate'),
          review('qa1', 'annotate'),
          review('qa2', 'annotate', { settings: { excludePerformersOf: ['qa1'] } }),
          end(),
        ],
        ['start → annotate', 'annotate → qa1', 'qa1 → qa2', 'qa2 → end'],
      ),
    );
    world.labels(ann, 'annotate');

    world.judges(rita, 'qa1', 'approve');

    expect(world.codeOf(rita, 'claim', 'qa2')).toBe('PERFORMER_EXCLUDED');
    expect(world.codeOf(ravi, 'claim', 'qa2')).toBe('ok');
  });
});

describe('A failed review of a cycle', () => {
  test('starts the rework child, which owns the nodes from the reworked one to the review', () => {
    const world = rejected();

    expect(world.eventsOf('reworkStarted')).toMatchObject([
      {
        child: 'rework:task-1.1:annotate:2',
        scope: { review: 'qa', target: 'annotate', nodes: ['annotate', 'qa'] },
        initial: { id: 'task-1.1.annotate.2', visit: 2, status: 'available' },
      },
    ]);
    expect(world.child).toMatchObject({
      workflowId: 'rework:task-1.1:annotate:2',
      task: world.cycle.task,
      started: true,
      counters: { qa: { failures: 1, reReviews: 1 } },
    });
  });

  test('ends the rejected visit as reworked and the review with its verdict', () => {
    const { cycle } = rejected();

    expect(cycle.instances['task-1.1.annotate.1']).toMatchObject({ status: 'finished', outcome: 'reworked' });
    expect(cycle.instances['task-1.1.qa.1']).toMatchObject({ status: 'finished', outcome: 'reject', verdict: 'fail' });
    expect(cycle.status).toBe('open');
  });

  test('opens the next visit for its author, with the rejected submission as draft', () => {
    const world = rejected();

    expect(world.instance('annotate')).toMatchObject({
      visit: 2,
      reason: 'REOPENED',
      reservedFor: 'ann',
      reservedUntil: dawn + day,
      draft: aSubmission('annotate by ann'),
    });
  });

  test('keeps a submission that was sent inline as draft too', () => {
    const world = new World(labeledAndReviewed());
    world.does(ann, 'claim', 'annotate');
    world.does(ann, 'submit', 'annotate', { values: { label: 'cat' } });

    world.judges(rita, 'qa', 'reject');

    expect(world.instance('annotate').draft?.id).toBe('task-1.1.annotate.1.inline');
  });

  test('sends the work to the node that rejectTo names, and everything between is done again', () => {
    const world = new World(
      aPipeline(
        [labeling('outline'), labeling('label'), review('qa', 'label', { rejectTo: 'outline' }), end()],
        ['start → outline', 'outline → label', 'label → qa', 'qa → end'],
      ),
    );
    world.labels(ann, 'outline');
    world.labels(bob, 'label');

    world.judges(rita, 'qa', 'reject');
    expect(world.child.scope).toEqual({ review: 'qa', target: 'outline', nodes: ['outline', 'label', 'qa'] });
    expect(world.instance('task-1.1.label.1').outcome).toBe('reworked');
    world.labels(ann, 'outline');
    world.labels(bob, 'label');
    world.judges(rita, 'qa', 'approve');

    expect(world.cycle.visits).toMatchObject({ outline: 2, label: 2, qa: 2 });
    expect(world.cycle).toMatchObject({ status: 'finished', outcome: 'complete' });
  });
});

describe('A rework child', () => {
  test('that passes lets the cycle go on', () => {
    const world = rejected();

    world.labels(ann, 'annotate', { submission: aSubmission('second try') });
    world.judges(rita, 'qa', 'approve');

    expect(world.child).toMatchObject({ status: 'finished', exit: { how: 'passed' } });
    expect(world.cycle).toMatchObject({
      status: 'finished',
      outcome: 'complete',
      visits: { annotate: 2, qa: 2 },
      results: { annotate: { instance: 'task-1.1.annotate.2', submission: aSubmission('second try') } },
    });
  });

  test('opens its review for the reviewer who rejected', () => {
    const world = rejected();

    world.labels(ann, 'annotate');

    expect(world.instance('qa')).toMatchObject({ visit: 2, reservedFor: 'rita', reservedUntil: dawn + day });
    expect(world.codeOf(ravi, 'claim', 'qa')).toBe('FOREIGN_RESERVATION');
  });

  test('keeps the reworker, not the first author, from reviewing', () => {
    const world = rejected();
    world.passes(day);
    world.labels(bob, 'annotate');
    world.passes(day);

    expect(world.codeOf(bob, 'claim', 'qa')).toBe('PERFORMER_EXCLUDED');
    expect(world.codeOf(ravi, 'claim', 'qa')).toBe('ok');
  });

  test('goes round by itself when the work fails again', () => {
    const world = rejected();
    world.labels(ann, 'annotate', { submission: aSubmission('second try') });

    world.judges(rita, 'qa', 'reject');

    expect(world.children).toHaveLength(1);
    expect(world.instance('annotate')).toMatchObject({
      id: 'task-1.1.annotate.3',
      status: 'available',
      reservedFor: 'ann',
      draft: aSubmission('second try'),
    });
    expect(world.instance('task-1.1.annotate.2')).toMatchObject({ status: 'finished', outcome: 'reworked' });
    expect(world.child.counters).toEqual({ qa: { failures: 2, reReviews: 2 } });
  });

  test('in which the work is discarded ends the task', () => {
    const world = rejected();
    world.does(ann, 'claim', 'annotate');

    world.does(ann, 'submit', 'annotate', { action: 'discard' });

    expect(world.child.exit?.how).toBe('discarded');
    expect(world.cycle).toMatchObject({ status: 'finished', outcome: 'discard' });
  });

  test('may lead the work out of the reviewed part by another action', () => {
    const world = rejected(
      aPipeline(
        [
          labeling('annotate', { actions: ['complete', 'unusable'] }),
          review('qa', 'annotate'),
          end(),
          end('shelf', 'archive'),
        ],
        ['start → annotate', 'annotate : complete → qa', 'annotate : unusable → shelf', 'qa → end'],
      ),
    );

    world.labels(ann, 'annotate', { action: 'unusable' });

    expect(world.child.exit).toMatchObject({ how: 'passed', liveEdges: [2] });
    expect(world.cycle).toMatchObject({ status: 'finished', outcome: 'archive' });
    expect(world.cycle.instances['task-1.1.end.1']?.status).toBe('na');
  });

  test('reports once: a report that comes twice changes nothing more', () => {
    const world = rejected();
    world.labels(ann, 'annotate');
    world.judges(rita, 'qa', 'approve');
    const { cycle, child } = world;

    world.hears({ type: 'reported', at: world.now, child: child.workflowId, exit: child.exit ?? never() });

    expect(world.cycle).toEqual(cycle);
    expect(world.eventsOf('reworkEnded')).toHaveLength(1);
  });

  test('may report before the cycle knows it: the report is taken in once it does', () => {
    const reported = rejected();
    reported.labels(ann, 'annotate');
    reported.judges(rita, 'qa', 'approve');
    const { child } = reported;
    const world = new World(labeledAndReviewed());
    world.labels(ann, 'annotate');

    world.hears({ type: 'reported', at: dawn, child: child.workflowId, exit: child.exit ?? never() });
    expect(world.cycle.status).toBe('open');
    world.judges(rita, 'qa', 'reject');

    expect(world.eventsOf('reworkEnded')).toHaveLength(1);
    expect(world.cycle).toMatchObject({ status: 'finished', outcome: 'complete' });
  });

  test('shows its hold in the cycle, and no longer once it has ended', () => {
    const world = rejected();
    const { workflowId } = world.child;

    world.does(boss, 'escalate', 'annotate');
    expect(world.cycle.reworks[workflowId]?.held).toBe('escalated');
    world.does(boss, 'resolve', 'annotate', { how: 'discard' });

    expect(world.cycle.reworks[workflowId]).not.toHaveProperty('held');
  });
});

function never(): never {
  throw new Error('the child has no exit');
}
