// Work of a task that has ended: revised as it is, or opened again together with its new answer.
import { describe, expect, test } from 'vitest';
import { openCycle } from '../../core/open.js';
import { planNode } from '../../core/plan-node.js';
import { compilePlan } from '../../core/plan.js';
import { handingIn } from '../../core/reopen-ended.js';
import type { FormerCycle, ResumePoint } from '../../core/resume.js';
import { resumeAfter, resumePoint } from '../../core/resume.js';
import { decideReviseEnded } from '../../core/revise-ended.js';
import { waitingFor } from '../../core/view.js';
import {
  ann,
  aPipeline,
  aSubmission,
  aTask,
  aVisit,
  boss,
  dawn,
  end,
  handedIn,
  labeling,
  llm,
  review,
} from '../support/builders.js';

const plan = compilePlan(
  aPipeline(
    [labeling('cat'), review('qa', 'cat'), llm('guess'), end(), end('thrown', 'discard')],
    ['start → cat', 'cat : complete → qa', 'cat : discard → thrown', 'qa : approve → guess', 'guess → end'],
  ),
);

const former: FormerCycle = {
  visits: [
    aVisit('cat'),
    aVisit('qa', { outcome: 'approve', performer: 'rita' }),
    aVisit('guess', { performer: 'model:m' }),
  ],
  submissions: [handedIn('cat', 1), handedIn('guess', 1)],
  counters: {},
};
const opened = (resume: ResumePoint) =>
  openCycle({ ...aTask(), cycleId: 'task-1.2' }, plan, dawn, { rerun: { mode: 'resume', actor: boss, resume } });

describe('A revision of ended work', () => {
  const revise = (instance: string, of = former) =>
    decideReviseEnded(plan, of, { id: 'c', actor: boss, revise: { instance, submission: aSubmission() } }, dawn);

  test('keeps the outcome, and its author first', () => {
    expect(revise('task-1.1.cat.1')).toMatchObject({
      value: { type: 'revised', node: 'cat', outcome: 'complete', performers: ['ann', 'boss'] },
    });
  });

  test('is of the visit that stands for its node, and of what was handed in', () => {
    const again = { ...former, visits: [...former.visits, aVisit('cat', { visit: 2 })] };
    const reopened = [...former.visits, aVisit('cat', { visit: 2, outcome: 'superseded', performer: null })];

    expect(revise('task-1.1.cat.1', again)).toMatchObject({ rejection: { code: 'REOPEN_REFUSED' } });
    expect(revise('task-1.1.cat.1', { ...former, visits: reopened })).toMatchObject({
      rejection: { code: 'REOPEN_REFUSED' },
    });
    expect(revise('task-1.1.qa.1')).toMatchObject({ rejection: { code: 'INVALID_ACTION' } });
    expect(revise('task-1.1.end.1')).toMatchObject({ rejection: { code: 'REOPEN_REFUSED' } });
  });

  test('is what a next cycle goes on with, also where an earlier one had carried it over', () => {
    const submissions = [...former.submissions, { ...handedIn('cat', 1, 'revised'), performer: 'boss' }];
    const here = resumeAfter(plan, { ...former, submissions }, 'cat');
    const before = resumeAfter(plan, former, 'cat');
    const later = { before, visits: [], submissions: submissions.slice(-1), counters: {} };

    for (const resume of [here, resumeAfter(plan, later, 'cat')]) {
      const { state } = opened(resume);
      expect(waitingFor(state).map(({ node }) => node)).toEqual(['qa']);
      expect(state.results['cat']).toMatchObject({ performers: ['ann', 'boss'], submission: { id: 'revised' } });
    }
  });
});

describe('Ended work that is reopened with its answer', () => {
  function answered(key: string, asked: { action?: string }, of = former) {
    const resume = resumePoint(plan, of, key);
    const node = planNode(plan, key);
    if (!resume || !node) throw new Error(`nothing at ${key}`);
    return handingIn(plan, resume, node, { actor: ann, submission: aSubmission('better'), ...asked });
  }
  function begins(key: string, asked: { action?: string }) {
    const resume = answered(key, asked);
    if (!resume.ok) throw new Error(resume.rejection.code);
    return opened(resume.value);
  }

  test('is handed in by whoever reopened it, before anybody or any program can take it', () => {
    const { state } = begins('cat', {});
    expect(state.instances['task-1.2.cat.2']).toMatchObject({
      ...{ status: 'submitted', performer: 'ann', submission: aSubmission('better') },
    });
    expect(waitingFor(state).map(({ node }) => node)).toEqual(['qa']);
    expect(state.kept).toEqual({});

    const guessed = begins('guess', {});
    expect(guessed.state).toMatchObject({ status: 'finished', outcome: 'complete' });
    expect(guessed.events.map(({ type }) => type)).not.toContain('executionStarted');
  });

  test('goes its new way, or nowhere that its node does not know', () => {
    expect(begins('cat', { action: 'discard' }).state).toMatchObject({ status: 'finished', outcome: 'discard' });
    expect(answered('cat', { action: 'dance' })).toMatchObject({ rejection: { code: 'INVALID_ACTION' } });
    expect(answered('qa', {})).toMatchObject({ rejection: { code: 'INVALID_ACTION' } });
  });

  test('is refused where work before it is open again', () => {
    const visits = [...former.visits, aVisit('cat', { visit: 2, outcome: 'superseded', performer: null })];

    expect(answered('guess', {}, { ...former, visits })).toMatchObject({ rejection: { code: 'REOPEN_REFUSED' } });
  });
});
