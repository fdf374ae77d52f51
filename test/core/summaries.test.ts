// Temporal's Web UI shows workflows by what they say of themselves: each activity and timer tells what it is for. Local activities are
// named by their markers.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const folder = new URL('../../workflows/', import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith('.ts'));

/** The arguments of a call, up to its closing parenthesis. */
function argumentsFrom(text: string, opening: number): string {
  let depth = 0;
  for (let index = opening; index < text.length; index += 1) {
    if (text[index] === '(') depth += 1;
    if (text[index] === ')') depth -= 1;
    if (depth === 0) return text.slice(opening, index);
  }
  return text.slice(opening);
}

const calls = files.flatMap((file) => {
  const text = readFileSync(new URL(file, folder), 'utf8');
  return [...text.matchAll(/\b(?:proxyActivities<\w+>|sleep)\(/g)].map((call) => ({
    file,
    given: argumentsFrom(text, call.index + call[0].length - 1),
  }));
});

test('Every activity and timer of a workflow carries a summary', () => {
  expect(calls.length).toBeGreaterThan(12);
  expect(calls.filter(({ given }) => !/\bsummary\b/.test(given))).toEqual([]);
});
