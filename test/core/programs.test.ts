// Programs at work: who has the work and when, what a run comes to, and what becomes of failures.
import { describe, expect, test } from 'vitest';
import { taskStatus, waitingFor, waitingRoles } from '../../core/view.js';
import type { ReviewNode } from '../../core/pipeline.js';
import {
  ann,
  aPipeline,
  aSubmission,
  bob,
  boss,
  chain,
  code,
  day,
  end,
  labeling,
  llm,
  modelAs,
  only,
  review,
  rita,
} from '../support/builders.js';
import { World } from './world.js';

const submission = aSubmission('by the model');
const model = { id: 'model:m' };

describe('A program', () => {
  test('has the first try, and its node waits for it', () => {
    const world = new World(only(llm('it')));

    expect(world.instance('it')).toMatchObject({ status: 'claimed', assignee: 'model:m' });
    expect(waitingFor(world.cycle)).toMatchObject([{ node: 'it', for: 'model:m' }]);
    expect(waitingRoles(world.cycle)).toEqual(['program']);
    expect(taskStatus(world.cycle)).toBe('in_progress');
    expect(world.codeOf(ann, 'claim', 'it')).toBe('CLAIM_HELD');
  });

  test('holds its claim for as long as it takes', () => {
    const world = new World(only(llm('it')));
    const run = world.executionAt('it');

    world.passes(30 * day);

    expect(world.executionAt('it')).toBe(run);
  });

  test('submits, and the node after it knows who did it', () => {
    const world = new World(only(llm('it')));

    world.answers('it', { submission, confidence: 0.9 });

    expect(world.cycle.results['it']).toMatchObject({ performers: ['model:m'], outcome: 'complete', submission });
    expect(world.instance('it')).toMatchObject({ status: 'finished', outcome: 'complete', performer: 'model:m' });
    expect(world.instance('it')).not.toHaveProperty('execution');
    expect(world.cycle.outcome).toBe('complete');
  });

  test('chooses the first action where it names none, and ends the task where it discards', () => {
    const world = new World(only(llm('it', { actions: ['complete', 'discard'] })));
    const other = new World(only(llm('it', { actions: ['complete', 'discard'] })));

    world.answers('it', { submission });
    other.answers('it', { outcome: 'discard' });

    expect(world.cycle.outcome).toBe('complete');
    expect(other.cycle.outcome).toBe('discard');
  });

  test('fails with an action that the node does not have', () => {
    const world = new World(only(code('it', { pathways: ['long', 'short'] })));

    world.answers('it', { outcome: 'x'.repeat(100) });

    expect(world.cycle).toMatchObject({ status: 'failed' });
    expect(world.cycle.failure).toBe(`it: INVALID_ACTION, "${'x'.repeat(60)}" is none of long, short`);
  });

  test('takes the pathway that it answers with', () => {
    const world = new World(
      aPipeline(
        [code('it', { pathways: ['long', 'short'] }), labeling('read'), end()],
        ['start → it', 'it : long → read', 'it : short → end', 'read → end'],
      ),
    );

    world.answers('it', { outcome: 'short' });

    expect(world.instance('read').status).toBe('na');
    expect(world.cycle.outcome).toBe('complete');
  });
});

describe('People have', () => {
  const suggested = () => {
    const world = new World(only(llm('it', { model: { model: 'm', prompt: 'p', minConfidence: 0.5 } })));
    world.answers('it', { submission, confidence: 0.4 });
    return world;
  };

  test('what the model is not sure of, with its answer as their draft', () => {
    const world = suggested();

    expect(world.instance('it')).toMatchObject({ status: 'available', reason: 'RELEASED', draft: submission });
    expect(waitingRoles(world.cycle)).toEqual(['annotator']);
    world.labels(ann, 'it');
    expect(world.cycle.results['it']?.performers).toEqual(['ann']);
  });

  test('not what it is sure enough of, nor what it says nothing about', () => {
    for (const confidence of [{ confidence: 0.5 }, {}]) {
      const world = new World(only(llm('it', { model: { model: 'm', prompt: 'p', minConfidence: 0.5 } })));
      world.answers('it', { submission, ...confidence });

      expect(world.cycle.outcome).toBe('complete');
    }
  });

  test('what a model suggests, however sure it is', () => {
    const world = new World(only(labeling('it', { settings: modelAs('suggest') })));

    world.answers('it', { submission, confidence: 1 });

    expect(world.instance('it')).toMatchObject({ status: 'available', draft: submission });
    expect(world.eventsOf('suggested')).toMatchObject([{ actor: model, confidence: 1 }]);
  });

  test('what a manager releases', () => {
    const world = new World(only(llm('it')));

    world.does(boss, 'release', 'it');

    expect(world.instance('it').status).toBe('available');
    expect(world.codeOf(ann, 'claim', 'it')).toBe('ok');
  });

  test('what they skip and what their lease ends on', () => {
    const world = suggested();
    world.does(ann, 'claim', 'it');
    world.does(ann, 'skip', 'it');
    world.does(bob, 'claim', 'it');
    world.passes(day);

    expect(world.instance('it')).toMatchObject({ status: 'available', skippedBy: ['ann'] });
    expect(world.eventsOf('executionStarted')).toHaveLength(1);
  });

  test('what is returned to them from a hold', () => {
    const world = new World(only(llm('it')));
    world.does(boss, 'escalate', 'it');
    world.does(boss, 'resolve', 'it', { how: 'return' });

    expect(world.instance('it')).toMatchObject({ status: 'available', reason: 'REOPENED' });
  });

  test('never what only code can do: it is run again', () => {
    const world = new World(only(code('it')));
    const first = world.executionAt('it');
    world.does(boss, 'release', 'it');
    const second = world.executionAt('it');
    world.does(boss, 'escalate', 'it');
    world.does(boss, 'resolve', 'it', { how: 'return' });

    expect(new Set([first, second, world.executionAt('it')]).size).toBe(3);
  });
});

describe('A hold', () => {
  test('ends the run, and de-escalating begins another one', () => {
    const world = new World(only(llm('it')));
    const run = world.executionAt('it');

    world.does(boss, 'escalate', 'it');
    expect(world.instance('it')).not.toHaveProperty('execution');
    world.does(boss, 'deescalate', 'it');

    expect(world.executionAt('it')).not.toBe(run);
  });
});

describe('A run that was overtaken changes nothing', () => {
  const overtakes: Record<string, (world: World) => void> = {
    released: (world) => world.does(boss, 'release', 'it'),
    'released, and somebody has claimed it': (world) => {
      world.does(boss, 'release', 'it');
      world.does(ann, 'claim', 'it');
    },
    escalated: (world) => world.does(boss, 'escalate', 'it'),
    'escalated and begun again': (world) => {
      world.does(boss, 'escalate', 'it');
      world.does(boss, 'deescalate', 'it');
    },
    over: (world) => {
      world.answers('it', { submission });
    },
    'of a task that has ended': (world) => {
      world.does(boss, 'escalate', 'it');
      world.does(boss, 'resolve', 'it', { how: 'discard' });
    },
    'of a cycle that began anew': (world) => {
      world.does(boss, 'escalate', 'it');
      world.does(boss, 'resolve', 'it', { how: 'restart' });
    },
  };

  test.each(Object.entries(overtakes))('%s', (_, overtake) => {
    const world = new World(only(llm('it', { onFailure: 'fail' })));
    const run = world.executionAt('it');
    overtake(world);
    const before = world.cycle;

    world.reports(run, { ok: true, result: { submission } });
    world.reports(run, { ok: false, code: 'MODEL_REFUSED' });

    expect(world.cycle).toBe(before);
  });
});

describe('Work that failed is', () => {
  const failedEdge = ['it : failed → mend', 'mend → end'];

  test('taken along the edge "failed" where there is one, whoever else might have it', () => {
    for (const node of [llm('it'), llm('it', { onFailure: 'fail' }), code('it'), chain('it')]) {
      const world = new World(only(node, failedEdge, [labeling('mend')]));

      world.fails('it');

      expect(world.instance('it')).toMatchObject({ status: 'finished', outcome: 'failed' });
      expect(world.instance('mend').status).toBe('available');
      expect(world.eventsOf('executionFailed')).toMatchObject([{ to: 'edge', code: 'MODEL_REFUSED' }]);
    }
  });

  test('never taken along an edge that is for everything else', () => {
    const world = new World(only(code('it')));

    world.fails('it');

    expect(world.cycle.status).toBe('failed');
  });

  test("people's by default at an llm node, and where a model works beside people", () => {
    for (const node of [llm('it'), labeling('it', { settings: modelAs('worker') })]) {
      const world = new World(only(node));
      world.fails('it', 'MODEL_REFUSED', 'no');

      expect(world.eventsOf('executionFailed')).toMatchObject([{ to: 'people', detail: 'no' }]);
      expect(world.instance('it')).toMatchObject({ status: 'available', reason: 'RELEASED' });
      world.labels(ann, 'it');
      expect(world.cycle.outcome).toBe('complete');
    }
  });

  test("nobody's elsewhere: the cycle fails with the cause, and what else is open is closed", () => {
    const world = new World(
      aPipeline([code('it'), labeling('beside'), end()], ['start → it', 'start → beside', 'it → end', 'beside → end']),
    );

    world.fails('it', 'CALL_REFUSED', '418');

    expect(world.cycle).toMatchObject({ status: 'failed', failure: 'it: CALL_REFUSED, 418' });
    expect(world.cycle).not.toHaveProperty('outcome');
    expect(taskStatus(world.cycle)).toBe('failed');
    expect(world.instance('beside')).toMatchObject({ status: 'finished', outcome: 'superseded' });
    expect(world.codeOf(ann, 'claim', 'beside')).toBe('NODE_CLOSED');
    expect(world.eventsOf('ended')).toMatchObject([{ cause: 'it: CALL_REFUSED, 418' }]);
  });

  test("nobody's inside rework either: the cycle fails with the child's cause", () => {
    const world = new World(
      aPipeline(
        [labeling('annotate'), code('check'), review('qa', 'annotate'), end()],
        ['start → annotate', 'annotate → check', 'check → qa', 'qa → end'],
      ),
    );
    world.labels(ann, 'annotate');
    world.answers('check');
    world.judges(rita, 'qa', 'reject');
    world.labels(ann, 'annotate');

    world.fails('check', 'CALL_TIMEOUT');

    expect(world.child).toMatchObject({ status: 'failed', failure: 'check: CALL_TIMEOUT' });
    expect(world.child.exit).toMatchObject({ how: 'failed', cause: 'check: CALL_TIMEOUT' });
    expect(world.cycle).toMatchObject({ status: 'failed', failure: 'check: CALL_TIMEOUT' });
  });

  test('of no weight in rework that a restart has dropped', () => {
    const world = new World(
      aPipeline(
        [labeling('annotate'), code('check'), review('qa', 'annotate'), labeling('beside'), end()],
        ['start → annotate', 'annotate → check', 'check → qa', 'qa → end', 'start → beside', 'beside → end'],
      ),
    );
    world.labels(ann, 'annotate');
    world.answers('check');
    world.judges(rita, 'qa', 'reject');
    world.labels(ann, 'annotate');
    const run = world.executionAt('check');
    world.does(boss, 'escalate', 'beside');
    world.does(boss, 'resolve', 'beside', { how: 'restart' });

    world.reports(run, { ok: false, code: 'CALL_TIMEOUT' });

    expect(world.cycle.status).toBe('open');
    expect(world.instance('annotate').status).toBe('available');
  });
});

describe('A model that reviews', () => {
  const judged = (more: Partial<ReviewNode> = {}) => {
    const world = new World(
      aPipeline(
        [labeling('annotate'), review('qa', 'annotate', { settings: modelAs('worker'), ...more }), end()],
        ['start → annotate', 'annotate → qa', 'qa → end'],
      ),
    );
    world.labels(ann, 'annotate');
    return world;
  };

  test('approves', () => {
    const world = judged();

    world.answers('qa', { outcome: 'approve', comment: 'well done' });

    expect(world.eventsOf('reviewed')).toMatchObject([{ actor: model, verdict: 'pass', comment: 'well done' }]);
    expect(world.cycle.outcome).toBe('complete');
  });

  test('rejects: the person does it again, then the model judges again', () => {
    const world = judged();

    world.answers('qa', { outcome: 'reject', comment: 'look again' });
    expect(world.instance('annotate')).toMatchObject({ visit: 2, status: 'available', reservedFor: 'ann' });
    world.labels(ann, 'annotate');

    expect(world.instance('qa')).toMatchObject({ visit: 2, status: 'claimed', assignee: 'model:m' });
    world.answers('qa', { outcome: 'approve' });
    expect(world.cycle.outcome).toBe('complete');
  });

  test('leaves to people what it gives no verdict on', () => {
    const world = judged();

    world.answers('qa', { outcome: 'maybe' });

    expect(world.eventsOf('executionFailed')).toMatchObject([{ code: 'INVALID_ACTION', to: 'people' }]);
    world.judges(rita, 'qa', 'approve');
    expect(world.cycle.outcome).toBe('complete');
  });

  test('needs a comment where everybody does', () => {
    const world = judged({ commentOnFail: true });

    world.answers('qa', { outcome: 'reject' });

    expect(world.eventsOf('executionFailed')).toMatchObject([{ code: 'COMMENT_REQUIRED', to: 'people' }]);
  });
});

describe('Rejected work', () => {
  const reviewedModel = (node = llm('it')) =>
    new World(aPipeline([node, review('qa', 'it'), end()], ['start → it', 'it → qa', 'qa → end']));

  test("of a model is people's, and begins from what it did", () => {
    const world = reviewedModel();
    world.answers('it', { submission });
    world.judges(rita, 'qa', 'reject');

    expect(world.instance('it')).toMatchObject({ status: 'available', reason: 'REOPENED', draft: submission });
    expect(world.instance('it')).not.toHaveProperty('reservedFor');
    world.labels(bob, 'it');
    world.judges(rita, 'qa', 'approve');
    expect(world.cycle.results['it']?.performers).toEqual(['bob']);
  });

  test('of code goes where its review says, and code between runs again', () => {
    const world = new World(
      aPipeline(
        [labeling('annotate'), code('merge'), review('qa', 'merge', { rejectTo: 'annotate' }), end()],
        ['start → annotate', 'annotate → merge', 'merge → qa', 'qa → end'],
      ),
    );
    world.labels(ann, 'annotate');
    const first = world.executionAt('merge');
    world.answers('merge', { submission });
    world.judges(rita, 'qa', 'reject');
    world.labels(ann, 'annotate');

    expect(world.executionAt('merge')).not.toBe(first);
    world.answers('merge', { submission: aSubmission('merged anew') });
    world.judges(rita, 'qa', 'approve');
    expect(world.cycle).toMatchObject({ outcome: 'complete' });
  });
});
