// What a cycle leaves, and how the next one goes on with it.
import { describe, expect, test } from 'vitest';
import { execute } from '../../core/decide.js';
import { waitingFor } from '../../core/view.js';
import { openCycle } from '../../core/open.js';
import { compilePlan } from '../../core/plan.js';
import type { FormerCycle, FormerVisit } from '../../core/resume.js';
import { resumePoint } from '../../core/resume.js';
import {
  aPipeline,
  aTask,
  aVisit,
  boss,
  dawn,
  end,
  handedIn,
  labeling,
  review,
  votedAndJudged,
} from '../support/builders.js';

const plan = compilePlan(
  aPipeline(
    [labeling('cat'), labeling('dog'), review('qa', 'cat'), labeling('last'), end()],
    ['start → cat', 'start → dog', 'cat → qa', 'qa → last', 'dog → last', 'last → end'],
  ),
);

const former = (visits: FormerVisit[], more: Partial<FormerCycle> = {}): FormerCycle => ({
  visits,
  submissions: visits.map(({ node, visit: number }) => handedIn(node, number)),
  counters: {},
  ...more,
});
const closed = { outcome: 'superseded', performer: null };

function resumed(cycle: FormerCycle, node?: string) {
  const resume = resumePoint(plan, cycle, node);
  if (!resume) throw new Error('nothing to go on from');
  const next = { ...aTask(), cycleId: 'task-1.2' };
  return { resume, ...openCycle(next, plan, dawn, { rerun: { mode: 'resume', actor: boss, resume } }) };
}

describe('A resumed cycle', () => {
  test('works again what was under way, kept for who did it, and nothing that was done', () => {
    const { state, events, resume } = resumed(former([aVisit('dog'), aVisit('cat', { ...closed, performer: 'bob' })]));

    expect(waitingFor(state).map(({ instance, for: who }) => [instance, who])).toEqual([['task-1.2.cat.2', 'bob']]);
    expect(state.instances['task-1.2.cat.2']).toMatchObject({ reason: 'REOPENED', draft: { id: 'cat 1' } });
    expect(events[0]).toMatchObject({ type: 'rerun', mode: 'resume', actor: boss });
    expect(JSON.parse(JSON.stringify(resume))).toStrictEqual(resume);
  });

  test('takes as handed in what waited for its review when the cycle ended', () => {
    const { state } = resumed(
      former([aVisit('dog'), aVisit('cat', { outcome: 'superseded', closedAtEnd: true }), aVisit('qa', closed)]),
    );

    expect(waitingFor(state).map(({ instance }) => instance)).toEqual(['task-1.2.qa.2']);
    expect(state.results['cat']).toMatchObject({ instance: 'task-1.1.cat.1', submission: { id: 'cat 1' } });
    expect(state.instances['task-1.2.qa.2']?.excluded).toEqual(['ann']);
  });

  test('goes on with the last visit of a reworked node, and with what was counted', () => {
    const counters = { qa: { failures: 1, reReviews: 1 } };
    const visits = [
      aVisit('dog'),
      aVisit('cat', { outcome: 'reworked' }),
      aVisit('qa', { outcome: 'reject' }),
      aVisit('cat', { visit: 2 }),
      aVisit('qa', { visit: 2, outcome: 'approve' }),
      aVisit('last', closed),
    ];
    const { state } = resumed(former(visits, { counters }));

    expect(waitingFor(state).map(({ instance }) => instance)).toEqual(['task-1.2.last.2']);
    expect(state).toMatchObject({
      counters,
      visits: { cat: 2, qa: 2 },
      results: { cat: { instance: 'task-1.1.cat.2' } },
    });
  });

  test('does again what follows work that was open again', () => {
    const visits = [
      aVisit('dog'),
      aVisit('cat'),
      aVisit('qa', { outcome: 'approve' }),
      aVisit('cat', { visit: 2, ...closed }),
    ];

    expect(waitingFor(resumed(former(visits)).state).map(({ node }) => node)).toEqual(['cat']);
  });

  test('begins at the node that is named, with the other branch as it was', () => {
    const visits = [aVisit('dog'), aVisit('cat'), aVisit('qa', { outcome: 'approve' }), aVisit('last'), aVisit('end')];
    const { state, resume } = resumed(former(visits), 'qa');

    expect(waitingFor(state).map(({ node }) => node)).toEqual(['qa']);
    expect(Object.keys(resume.outcomes).sort()).toEqual(['cat', 'dog']);
  });

  test('carries over what an earlier one had carried over itself', () => {
    const first = resumed(former([aVisit('dog'), aVisit('cat', closed)])).resume;
    const { resume } = resumed(
      { before: first, visits: [aVisit('cat', { visit: 2 })], submissions: [handedIn('cat', 2)], counters: {} },
      'cat',
    );

    expect(resume.outcomes).toEqual({ dog: 'complete' });
    expect(resume.visits).toEqual({ dog: 1, cat: 2 });
  });

  test('is refused where nothing is left to do, or the node was not come to', () => {
    const done = former([
      aVisit('dog'),
      aVisit('cat'),
      aVisit('qa', { outcome: 'approve' }),
      aVisit('last'),
      aVisit('end'),
    ]);

    expect(resumePoint(plan, done)).toBeUndefined();
    expect(resumePoint(plan, former([aVisit('dog')]), 'last')).toBeUndefined();
  });

  test('knows the result of votes, and the options that were judged', () => {
    const votes = compilePlan(votedAndJudged(2));
    const won = { id: 'vote 1', hash: 'h' };
    const options = [{ submission: won, action: 'complete', votes: 2 }];
    const cycle = former([
      aVisit('vote', { performer: null, result: { submission: won }, voters: ['ann', 'bob'] }),
      aVisit('judge', { ...closed, result: { submission: won, options } }),
    ]);

    expect(resumePoint(votes, cycle)?.results['vote']).toMatchObject({
      performers: ['ann', 'bob'],
      submission: won,
      options,
    });
  });
});

describe('A restarted cycle', () => {
  test('counts anew, but looks again at what a sampled review has failed once, where it still has that review', () => {
    const sampled = compilePlan(
      aPipeline([labeling('cat'), review('qa', 'cat', { sample: 0 }), end()], ['start → cat', 'cat → qa', 'qa → end']),
    );
    const restarted = (counted?: string[]) => {
      const rerun = { mode: 'restart' as const, actor: boss, ...(counted ? { counted } : {}) };
      const { state } = openCycle({ ...aTask(), cycleId: 'task-1.2' }, sampled, dawn, { rerun });
      const at = { receivedAt: dawn, instance: 'task-1.2.cat.1', actor: boss };
      const claimed = execute(state, { type: 'claim', id: 'c1', ...at }, dawn);
      if (!claimed.ok) throw new Error(claimed.rejection.code);
      const submitted = execute(claimed.value.state, { type: 'submit', id: 'c2', ...at }, dawn);
      if (!submitted.ok) throw new Error(submitted.rejection.code);
      return submitted.value.state;
    };

    expect(restarted(['qa', 'gone'])).toMatchObject({
      counters: { qa: { failures: 0, reReviews: 0 } },
      instances: { 'task-1.2.qa.1': { status: 'available' } },
    });
    expect(restarted(['qa', 'gone']).counters).not.toHaveProperty('gone');
    expect(restarted()).toMatchObject({ outcome: 'complete', instances: { 'task-1.2.qa.1': { status: 'na' } } });
  });
});
