// Whether all earlier nodes gave the same values: the pathway `same`, with them, or `different`.
import { isDeepStrictEqual } from 'node:util';
import type { FunctionInput, FunctionResult } from './index.js';

export function sameAnswers({ results }: FunctionInput): FunctionResult {
  const [first, ...others] = Object.values(results)
    .map(({ values }) => values)
    .filter((values) => values !== null && values !== undefined);
  if (!others.every((values) => isDeepStrictEqual(values, first))) return { pathway: 'different' };
  return { pathway: 'same', ...(first === undefined ? {} : { values: first }) };
}
