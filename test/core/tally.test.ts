// Every policy on small examples, and early stop against all that could still be voted.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../core/canonical-json.js';
import type { ConsensusRule } from '../../core/plan-node.js';
import type { Instance } from '../../core/state.js';
import { openWeight, optionsOf, tally } from '../../core/tally.js';
import { aSubmission, dawn } from '../support/builders.js';

const rule = (more: Partial<ConsensusRule> = {}): ConsensusRule => ({
  slots: 3,
  fields: ['label'],
  threshold: 0,
  onDisagreement: 'escalate',
  ...more,
});

type Answer = string | Record<string, unknown>;

/** Slots in which p1, p2 … voted; an answer `skip!` is the action `skip`. */
function voted(...answers: Answer[]): Instance[] {
  return answers.map((answer, index): Instance => {
    const [label = '', action] = typeof answer === 'string' ? answer.split('!').reverse() : [''];
    const fields = typeof answer === 'string' ? { label: label || null } : answer;
    const chosen = typeof answer === 'string' && answer.endsWith('!') ? (action ?? '') : 'complete';
    return {
      id: `s${String(index + 1)}`,
      node: 'vote',
      kind: 'consensus',
      visit: 1,
      status: 'submitted',
      version: 1,
      openedAt: dawn,
      performer: `p${String(index + 1)}`,
      submission: aSubmission(`by p${String(index + 1)}`),
      ballot: { action: chosen, choice: canonicalJson(fields) },
    };
  });
}

const by = (person: number) => aSubmission(`by p${String(person)}`);
const won = (person: number, more: object = {}) => ({ action: 'complete', winner: by(person), ...more });

describe('A majority', () => {
  test('is counted by the comparators, and the first vote stands for it', () => {
    const loose = rule({ comparators: { label: 'caseFold' } });

    expect(tally(voted('dog', 'Cat', 'CAT'), loose)).toEqual(won(2));
    expect(tally(voted('dog', 'Cat', 'CAT'), rule())).toEqual({ tied: [by(1), by(2), by(3)] });
  });

  test('groups votes in the order of the slots: each joins the first that it equals', () => {
    const near = rule({ fields: ['n'], comparators: { n: { tolerance: 1 } } });

    expect(tally(voted({ n: 1 }, { n: 2 }, { n: 3 }), near)).toEqual(won(1));
    expect(tally(voted({ n: 3 }, { n: 2 }, { n: 1 }), near)).toEqual(won(1));
    expect(tally(voted({ n: 1 }, { n: 3 }, { n: 2 }), near)).toEqual(won(1));
    expect(tally(voted({ n: 3 }, { n: 1 }, { n: 1.5 }), near)).toEqual(won(2));
  });

  test('compares all fields together', () => {
    const both = rule({ fields: ['a', 'b'] });

    expect(tally(voted({ a: 1, b: 1 }, { a: 1, b: 2 }, { a: 2, b: 1 }), both)).toEqual({ tied: [by(1), by(2), by(3)] });
  });
});

describe('Weights', () => {
  const weighted = (more: Partial<ConsensusRule> = {}) => rule({ kind: 'weighted', weights: { p1: 3 }, ...more });

  test('are summed up instead of votes', () => {
    expect(tally(voted('cat', 'dog', 'dog'), weighted())).toEqual(won(1));
    expect(tally(voted('cat', 'dog', 'dog', 'dog'), weighted())).toEqual({ tied: [by(1), by(2)] });
  });

  test('make the share that the threshold measures', () => {
    expect(tally(voted('cat', 'dog'), weighted({ threshold: 0.75 }))).toEqual(won(1));
    expect(tally(voted('cat', 'dog'), weighted({ threshold: 0.76 }))).toEqual({ tied: [by(1)] });
  });

  test('may be fractions, and tie all the same', () => {
    const fractions = weighted({ weights: { p1: 0.1, p2: 0.2, p3: 0.3 } });

    expect(tally(voted('cat', 'cat', 'dog'), fractions)).toEqual({ tied: [by(1), by(3)] });
  });

  test('of nothing win nothing', () => {
    expect(tally(voted('cat', 'cat'), weighted({ weights: { p1: 0 }, defaultWeight: 0 }))).toEqual({ tied: [by(1)] });
  });
});

describe('Fields that are decided one by one', () => {
  const fields = (more: Partial<ConsensusRule> = {}) => rule({ kind: 'fields', fields: ['a', 'b'], ...more });

  test('are merged over the submission that agrees with most of them', () => {
    expect(tally(voted({ a: 1, b: 1 }, { a: 1, b: 2 }, { a: 2, b: 2 }), fields())).toEqual(
      won(2, { merged: { a: 1, b: 2 } }),
    );
    const three = fields({ fields: ['a', 'b', 'c'] });
    const nobodys = voted({ a: 1, b: 1, c: 0 }, { a: 1, b: 0, c: 1 }, { a: 0, b: 1, c: 1 });
    expect(tally(nobodys, three)).toEqual(won(1, { merged: { a: 1, b: 1, c: 1 } }));
  });

  test('disagree where one of them does, or has too small a share', () => {
    const votes = voted({ a: 1, b: 1 }, { a: 1, b: 2 });

    expect(tally(votes, fields())).toEqual({ tied: [by(1), by(2)] });
    const shares = voted({ a: 1, b: 1 }, { a: 1, b: 1 }, { a: 1, b: 2 });
    expect(tally(shares, fields({ threshold: 0.6 }))).toEqual(won(1, { merged: { a: 1, b: 1 } }));
    expect(tally(shares, fields({ threshold: 0.7 }))).toEqual({ tied: [by(1), by(3)] });
  });

  test('are looked at among the votes for the action that won', () => {
    const answers = voted({ a: 1, b: 1 }, { a: 1, b: 1 }, 'skip!');

    expect(tally(answers, fields())).toEqual(won(1, { merged: { a: 1, b: 1 } }));
    expect(tally(voted({ a: 1, b: 1 }, 'skip!'), fields())).toEqual({ tied: [by(1), by(2)] });
  });
});

test('Unanimous votes are all the same, or disagree', () => {
  const unanimous = rule({ kind: 'unanimous' });

  expect(tally(voted('cat', 'cat', 'cat'), unanimous)).toEqual(won(1));
  expect(tally(voted('cat', 'cat', 'dog'), unanimous)).toEqual({ tied: [by(1), by(3)] });
  expect(tally(voted('cat', 'cat'), unanimous, 1)).not.toHaveProperty('winner');
});

test('Options are the different answers with their votes, in the order of the slots', () => {
  expect(optionsOf(voted('dog', 'cat', 'dog', 'skip!'), rule())).toEqual([
    { submission: by(1), action: 'complete', votes: 2 },
    { submission: by(2), action: 'complete', votes: 1 },
    { submission: by(4), action: 'skip', votes: 1 },
  ]);
});

describe('With votes still open there is a winner', () => {
  test('only when none of them could tie with it', () => {
    expect(tally(voted('cat', 'cat'), rule(), 1)).toEqual(won(1));
    expect(tally(voted('cat', 'cat'), rule(), 2)).not.toHaveProperty('winner');
    expect(tally(voted('cat', 'cat', 'dog'), rule(), 1)).not.toHaveProperty('winner');
  });

  test('only when none of them could bring it under the threshold', () => {
    expect(tally(voted('cat', 'cat', 'cat'), rule({ threshold: 0.75 }), 1)).toEqual(won(1));
    expect(tally(voted('cat', 'cat', 'cat'), rule({ threshold: 0.76 }), 1)).not.toHaveProperty('winner');
  });

  test('only when the heaviest of those who have not voted could not change it', () => {
    const weighted = rule({ kind: 'weighted', weights: { p1: 5, p9: 4 } });

    expect(openWeight(weighted, voted('cat'), 2)).toBe(5);
    expect(openWeight(weighted, [], 2)).toBe(9);
    expect(openWeight(rule(), voted('cat'), 2)).toBe(2);
    expect(tally(voted('cat'), weighted, openWeight(weighted, voted('cat'), 1))).toEqual(won(1));
    expect(tally(voted('cat'), weighted, openWeight(weighted, voted('cat'), 2))).not.toHaveProperty('winner');
  });

  const answers = fc.record({ a: fc.constantFrom(0, 1), b: fc.constantFrom(0, 1) });
  const rules = fc
    .tuple(
      fc.constantFrom(undefined, 'fields' as const, 'weighted' as const, 'unanimous' as const),
      fc.constantFrom(0, 0.5, 0.7),
    )
    .map(([kind, threshold]) =>
      rule({
        fields: ['a', 'b'],
        threshold,
        ...(kind ? { kind } : {}),
        ...(kind === 'weighted' ? { weights: { p1: 2, p4: 3 } } : {}),
      }),
    );

  test('that stands, whatever those still to come answer', () => {
    const votes = fc.array(answers, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(rules, votes, fc.array(answers, { minLength: 1, maxLength: 3 }), (policy, cast, coming) => {
        const early = tally(voted(...cast), policy, openWeight(policy, voted(...cast), coming.length));
        if (!('winner' in early)) return;
        const all = tally(voted(...cast, ...coming), policy);

        expect(all).toHaveProperty('action', early.action);
        expect('merged' in all ? all.merged : undefined).toEqual(early.merged);
        if (policy.kind !== 'fields') expect(all).toEqual(early);
      }),
      { numRuns: 2_000 },
    );
  });
});
