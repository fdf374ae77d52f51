// What a rehearsal draws: repeatable by name, and as often as its shares say.
import { describe, expect, it } from 'vitest';
import { checkCrew } from '../../simulate/crew.js';
import { answerField } from '../../simulate/definition.js';
import { answerOf, createLabels, fieldByField, goldOf, valuesFor } from '../../simulate/labels.js';
import { chance, pickByShare } from '../../simulate/random.js';
import { scoreOf } from '../../simulate/results.js';

const drawn = (count: number, draw: (index: number) => string): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (let index = 0; index < count; index += 1) {
    const name = draw(index);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
};

describe('chance', () => {
  it('gives the same names the same numbers, and other names others', () => {
    const [first, again, other] = [chance(1, 'task', 'ann'), chance(1, 'task', 'ann'), chance(1, 'task', 'bob')];
    const numbers = [first(), first()];

    expect([again(), again()]).toEqual(numbers);
    expect([other(), other()]).not.toEqual(numbers);
  });

  it('draws by shares, never what has none', () => {
    const shares = { return: 3, leave: 1, discard: 0 };
    const counts = drawn(4_000, (index) => pickByShare(shares, chance(7, index)()) ?? 'nothing');

    expect(counts['discard']).toBeUndefined();
    expect((counts['return'] ?? 0) / 4_000).toBeCloseTo(0.75, 1);
    expect(pickByShare({ return: 0 }, 0.5)).toBeUndefined();
  });
});

describe('synthetic answers', () => {
  const labels = ['cat', 'cow', 'dog'];

  it('are right as often as the person is accurate', () => {
    const counts = drawn(4_000, (index) => answerOf({ accuracy: 0.7 }, 'cat', labels, chance(1, index)));

    expect((counts['cat'] ?? 0) / 4_000).toBeCloseTo(0.7, 1);
    expect(Object.keys(counts).sort()).toEqual(labels);
  });

  it('follow a confusion matrix', () => {
    const confusion = { cat: { cat: 1, dog: 3 } };
    const counts = drawn(4_000, (index) => answerOf({ confusion }, 'cat', labels, chance(1, index)));

    expect((counts['dog'] ?? 0) / 4_000).toBeCloseTo(0.75, 1);
    expect(counts['cow']).toBeUndefined();
  });

  it('err among the golds where the form names no choices', () => {
    const known = createLabels(['cat', 'dog', 'cat', undefined], 1);

    expect(known.of({ name: 'intent', choices: undefined })).toEqual(['cat', 'dog']);
  });

  it('are one of the choices, also where the gold is none', () => {
    const known = createLabels(['cat', 'unusable'], 1);
    const field = { name: 'animal', choices: ['cat', 'dog'] };

    expect(known.right(field, { name: 'a', gold: 'cat' })).toBe('cat');
    expect(field.choices).toContain(known.right(field, { name: 'b', gold: 'unusable' }));
    expect(known.right({ name: 'note', choices: undefined }, { name: 'b', gold: 'unusable' })).toBe('unusable');
  });

  it('fill in what else the form requires', () => {
    const form = {
      properties: { note: { type: 'string', minLength: 12 }, label: { enum: [1, 2] }, size: { type: 'integer' } },
      required: ['note', 'label', 'size'],
    };
    const field = answerField(form);

    expect(field?.name).toBe('label');
    expect(valuesFor(form, field, '2')).toEqual({ note: 'rehearsed...', label: 2, size: 0 });
  });
});

describe('a gold field by field', () => {
  const gold = '{"sort": "gala", "ripe": false}';
  const form = { properties: { sort: { enum: ['gala', 'elstar'] }, ripe: { type: 'boolean' }, note: {} } };
  const field = answerField(form);

  it('has the right answer of each field, as the form has it', () => {
    const asked = { task: { name: 'a', gold }, field, draw: () => 0 };

    expect([goldOf(gold, field), goldOf('gala', field), goldOf('{"ripe": false}', field)]).toEqual([
      'gala',
      'gala',
      undefined,
    ]);
    expect(fieldByField(createLabels([gold], 1), { accuracy: 1 }, form, asked)).toEqual({ ripe: false });
    expect(fieldByField(createLabels([gold], 1), { confusion: { false: { true: 1 } } }, form, asked)).toEqual({
      ripe: true,
    });
  });

  it('is none where it is a text', () => {
    const asked = { task: { name: 'a', gold: 'gala' }, field, draw: () => 0 };

    expect(fieldByField(createLabels(['gala'], 1), { accuracy: 1 }, form, asked)).toEqual({});
    expect(goldOf('{gala', field)).toBe('{gala');
  });
});

describe('scores', () => {
  it.each([
    [['1'], 1],
    [['0'], 0],
    [['0', '1'], 0.5],
    [['0', '2', '3'], 0],
  ])('gives %j for the truth 1 a score of %d', (answers, score) => {
    expect(scoreOf(answers, '1')).toBe(score);
  });
});

describe('a crew', () => {
  it('is a person for each of a count, with names of their own', () => {
    const { workers, managers } = checkCrew(
      { people: [{ role: 'annotator', count: 2 }, { role: 'annotator' }, { role: 'admin' }] },
      'crew',
    );

    expect(workers.map(({ name }) => name)).toEqual(['annotator-1', 'annotator-2', 'annotator-3']);
    expect(managers.map(({ name, resolve }) => [name, resolve])).toEqual([['admin-1', { leave: 1 }]]);
  });

  it('is refused with every problem', () => {
    expect(() => checkCrew({ people: [{ role: 'annotator', accuracy: 2 }, { role: 'king' }] }, 'crew')).toThrow(
      expect.objectContaining({ problems: [expect.any(String), expect.any(String)] }),
    );
  });
});
