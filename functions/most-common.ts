// For each field that earlier nodes filled in: the value that most of them gave; on a tie the one that came first.
import { isObject } from '../core/json.js';
import type { FunctionInput, FunctionResult } from './index.js';

function mostCommonOf(values: readonly unknown[]): unknown {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(JSON.stringify(value), (counts.get(JSON.stringify(value)) ?? 0) + 1);
  const [first] = [...counts].sort(([, one], [, other]) => other - one);
  return first === undefined ? null : (JSON.parse(first[0]) as unknown);
}

export function mostCommon({ results }: FunctionInput): FunctionResult {
  const answers = Object.values(results)
    .map(({ values }) => values)
    .filter(isObject);
  const fields = [...new Set(answers.flatMap((answer) => Object.keys(answer)))];
  const given = (field: string): unknown[] => answers.flatMap((answer) => (field in answer ? [answer[field]] : []));
  return { values: Object.fromEntries(fields.map((field) => [field, mostCommonOf(given(field))])) };
}
