import { describe, expect, test } from 'vitest';
import { unchangedFields } from '../../core/strict-rework.js';

const before = { label: 'cat', box: { x: 1, y: 2 }, tags: ['a'] };

describe('Fields that a strict review failed', () => {
  test('are named where they are as they were', () => {
    expect(unchangedFields(before, { ...before, box: { y: 2, x: 1 } }, ['/label', '/box', '/tags/0'], {})).toEqual([
      '/label',
      '/box',
      '/tags/0',
    ]);
  });

  test('are not named where they changed, were taken away, or came new', () => {
    const after = { label: 'dog', tags: [], note: 'n' };

    expect(unchangedFields(before, after, ['/label', '/box/x', '/tags/0', '/note'], {})).toEqual([]);
  });

  test('are not named where an answer says why', () => {
    expect(unchangedFields(before, before, ['/label', 'box'], { '/label': 'it is one' })).toEqual(['/box']);
    expect(unchangedFields(before, before, ['label'], { '/label': 'it is one' })).toEqual([]);
  });

  test('that were missing and still are have not changed', () => {
    expect(unchangedFields(before, before, ['/note', '/note'], {})).toEqual(['/note']);
  });
});
