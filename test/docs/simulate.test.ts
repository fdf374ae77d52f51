import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { checkCrew } from '../../simulate/crew.js';
import { expectationShape, readExpectations } from '../../simulate/examples/expectations.js';
import { codeSpans, fencedBlocks, read, section, tableRows } from './markdown.js';

const document = read('docs/simulate.md');

test('docs/simulate.md has examples of crews that are some', () => {
  const crews = fencedBlocks(section(document, 'Crews'), 'yaml').map((text) => checkCrew(parse(text), 'the example'));

  expect(crews.map(({ workers, managers }) => [workers.length, managers.length])).toEqual([
    [7, 1],
    [0, 1],
  ]);
});

test('docs/simulate.md has every option, and no other', () => {
  const options = /const options = \{([\s\S]*?)\} as const/.exec(read('simulate/main.ts'))?.[1] ?? '';
  const known = [...options.matchAll(/^ {2}(\w+): /gm)].map(([, name]) => `--${name ?? ''}`);
  const [rows] = [tableRows(document).map(([name = '']) => name)];
  const documented = rows.flatMap((name) => [...name.matchAll(/--\w+/g)].map(([option]) => option));

  expect([...documented, '--help'].sort()).toEqual(known.sort());
});

test('docs/simulate.md has every key of a crew', () => {
  const keys = [...read('simulate/crew.ts').matchAll(/^ {2,4}(\w+): (?:z|share)\b/gm)].map(([, name]) => name ?? '');

  expect(codeSpans(document)).toEqual(expect.arrayContaining(keys.filter((key) => key !== 'people')));
});

test('docs/simulate.md has every key of how tasks get into an example, and no other', () => {
  const shape = /const shape = z([\s\S]*?)\n\}\);/.exec(read('simulate/entry.ts'))?.[1] ?? '';
  const keys = [...shape.matchAll(/^ +(\w+): z/gm)].map(([, name]) => name ?? '');
  const documented = tableRows(section(document, 'Examples'))
    .map(([key = '']) => key.replaceAll('`', ''))
    .flatMap((key) => /^(?:seeder\.|triggers)(?:\[\]\.)?(\w*)$/.exec(key)?.[1] ?? []);

  expect(['seeder', ...documented.map((key) => key || 'triggers')].sort()).toEqual(keys.sort());
});

test('docs/simulate.md has every key of what an example expects, in its table and in one that can be read', () => {
  const examples = section(document, 'Examples');
  const [example] = fencedBlocks(examples, 'yaml');
  const keys = Object.keys(expectationShape.shape).sort();
  const documented = tableRows(examples).map(([key = '']) => key.replaceAll('`', ''));

  expect(Object.keys(readExpectations(example ?? '', 'the example')).sort()).toEqual(keys);
  expect(documented).toEqual(expect.arrayContaining(keys));
});
