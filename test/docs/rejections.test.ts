import { expect, test } from 'vitest';
import { rejections } from '../../core/rejections.js';
import { read, tableRows } from './markdown.js';

test('docs/rejections.md has every code with its status and message, and no other', () => {
  const documented = tableRows(read('docs/rejections.md')).map(([code = '', status, message]) => [
    code.replaceAll('`', ''),
    [Number(status), message],
  ]);

  expect(Object.fromEntries(documented)).toEqual(rejections);
  expect(documented).toHaveLength(Object.keys(rejections).length);
});

test('docs/rejections.md says for every code what to do', () => {
  const silent = tableRows(read('docs/rejections.md')).filter((cells) => cells.length !== 4 || cells[3] === '');

  expect(silent).toEqual([]);
});
