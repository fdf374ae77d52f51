import { expect, test } from 'vitest';
import { searchAttributeKinds } from '../../core/search-attributes.js';
import { codeSpans, read, section, tableRows } from './markdown.js';

const operations = read('docs/operations.md');

/** The variables that config.ts reads: the keys of its shape. */
const variables = [...read('config.ts').matchAll(/^ {2}([A-Z][A-Z_]+): /gm)].map(([, name]) => name ?? '');

test('docs/operations.md has every environment variable of config.ts, and no other', () => {
  const documented = tableRows(section(operations, 'Environment variables')).map(([name = '']) =>
    name.replaceAll('`', ''),
  );

  expect(documented.sort()).toEqual(variables.sort());
  expect(variables.length).toBeGreaterThan(5);
});

test('docs/operations.md names variables of ours that something reads', () => {
  const readers = ['config.ts', 'stack/environment.ts', 'docker-compose.yml'].map(read).join('\n');
  const named = [...operations.matchAll(/\b(?:TASKLOOM|POSTGRES|TEMPORAL_UI)_[A-Z_]+\b/g)].map(([name]) => name);

  expect(named.filter((name) => !readers.includes(name))).toEqual([]);
});

test('docs/operations.md has every search attribute', () => {
  const named = codeSpans(operations).filter((code) => code.startsWith('Taskloom'));

  expect([...new Set(named)].sort()).toEqual(Object.keys(searchAttributeKinds).sort());
});
