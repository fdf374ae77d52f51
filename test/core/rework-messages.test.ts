// What a rework child reports of votes, as its cycle reads it: the names are open to anybody who can signal.
import { describe, expect, test } from 'vitest';
import { parseReport } from '../../core/rework-messages.js';
import type { ReworkExit } from '../../core/state.js';
import { ann, bob, rita, votedAndJudged } from '../support/builders.js';
import { World } from './world.js';

/** Votes that were rejected, repeated and judged, as the child that had them reports them. */
function reported(): ReworkExit {
  const world = new World(votedAndJudged(2, { onDisagreement: 'adjudicate' }));
  for (const verdict of ['reject', 'approve'] as const) {
    for (const voter of [ann, bob]) world.votes(voter, 'vote', 'cat');
    world.judges(rita, 'judge', verdict);
  }
  const { exit } = world.child;
  if (!exit) throw new Error('the child is still open');
  return exit;
}

describe('A report of votes', () => {
  test('is read with the options and the former answers', () => {
    const exit = reported();

    expect(exit.results['vote']).toMatchObject({ options: [{ votes: 2 }], answers: [{ by: 'ann' }, { by: 'bob' }] });
    expect(parseReport({ child: 'rework:1', exit })).toEqual({ ok: true, value: { child: 'rework:1', exit } });
  });

  test.each([
    ['options', [{ votes: 2 }]],
    ['options', 'none'],
    ['answers', [{ by: 'ann' }]],
    ['merged', []],
  ])('with other %s than there can be (%j) is refused', (field, value) => {
    const exit = reported();
    const results = { vote: { ...exit.results['vote'], [field]: value } };

    expect(parseReport({ child: 'rework:1', exit: { ...exit, results } })).toMatchObject({ ok: false });
  });
});
