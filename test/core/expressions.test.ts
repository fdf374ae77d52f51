// Expressions are checked when a pipeline is published: the names of inputs too.
import { describe, expect, test } from 'vitest';
import { checkExpressions } from '../../language/check-expressions.js';
import { expressionProblem, render } from '../../language/expressions.js';
import { aPipeline, end, labeling } from '../support/builders.js';

describe('An expression', () => {
  test.each(['inputs.limit > 3', 'inputs["limit"] > 3', 'has(inputs.limit)', 'data.xs.exists(x, x == inputs.limit)'])(
    'may name the inputs of its node: %s',
    (text) => {
      expect(expressionProblem(text, { inputs: ['limit'], as: 'bool' })).toBeUndefined();
      expect(expressionProblem(text, { inputs: ['other'], as: 'bool' })).toContain('"limit"');
    },
  );

  test('has them in templates', () => {
    const task = { id: 't', externalId: null, title: '', priority: 0, tags: [] };
    const scope = { data: {}, metadata: {}, task, results: {}, inputs: { limit: 3, words: ['a'] } };
    expect(render('up to {{ inputs.limit }} of {{ inputs.words }}', scope)).toBe('up to 3 of ["a"]');
  });
});

test('Each wrong name is told where it is', () => {
  const inputs = [{ name: 'limit', from: { variable: 'limit' } }];
  const model = { model: 'm', prompt: '{{ inputs.limit }} {{ inputs.most }}', system: '{{ inputs.least }}' };
  const pipeline = {
    ...aPipeline(
      [
        { key: 'guess', kind: 'llm', form: {}, model, inputs },
        {
          key: 'which',
          kind: 'gate',
          branches: [{ outcome: 'a', when: 'inputs.limit == 1' }],
          otherwise: 'b',
        },
        { key: 'on', kind: 'chain', pipeline: 'x', data: { fine: 'inputs.limit', wrong: 'inputs.lim' }, inputs },
        labeling('label', { settings: { model: { ...model, as: 'suggest' } }, inputs }),
        end(),
      ],
      [],
    ),
    variables: { limit: 3 },
  };

  expect(checkExpressions(pipeline).map(({ pointer }) => pointer)).toEqual([
    '/nodes/1/model/prompt',
    '/nodes/1/model/system',
    '/nodes/2/branches/0/when',
    '/nodes/3/data/wrong',
    '/nodes/4/settings/model/prompt',
    '/nodes/4/settings/model/system',
  ]);
});
