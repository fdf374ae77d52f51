import { expect, it } from 'vitest';
import type { FunctionInput } from '../../functions/index.js';
import { sameAnswers } from '../../functions/same-answers.js';

const given = (...answers: unknown[]): FunctionInput => ({
  execution: 'e',
  node: 'compare',
  task: { id: 't', externalId: null, title: 't', priority: 0, tags: [] },
  data: {},
  metadata: {},
  inputs: {},
  results: Object.fromEntries(answers.map((values, index) => [`n${index}`, { outcome: 'complete', values }])),
});

it('says whether all gave the same values, whatever the order of the keys', () => {
  expect(sameAnswers(given({ a: 1, b: [2] }, { b: [2], a: 1 }))).toEqual({
    pathway: 'same',
    values: { a: 1, b: [2] },
  });
  expect(sameAnswers(given({ a: 1 }, { a: 1 }, { a: 2 }))).toEqual({ pathway: 'different' });
});

it('passes by nodes without values', () => {
  expect(sameAnswers(given(null, { a: 1 }))).toEqual({ pathway: 'same', values: { a: 1 } });
  expect(sameAnswers(given())).toEqual({ pathway: 'same' });
});
