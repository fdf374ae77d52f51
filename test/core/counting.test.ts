import { expect, it } from 'vitest';
import { counting } from '../../functions/counting.js';
import { taskShape } from '../../language/task-shape.js';

const numbers = (cursor: string | null, input: unknown) =>
  counting({ cursor, input }).items.map((item) => taskShape.parse(item).data['number']);

it('goes on from its cursor, gives the same for the same one, and ends where it is told to', () => {
  expect(counting({ cursor: null, input: undefined })).toMatchObject({ next: '100', items: { length: 100 } });
  expect(numbers('100', undefined)[0]).toBe(101);
  expect(numbers('100', undefined)).toEqual(numbers('100', undefined));
  expect(counting({ cursor: '100', input: { upTo: 102 } })).toMatchObject({ next: null, items: { length: 2 } });
  expect(counting({ cursor: null, input: { upTo: 0 } })).toEqual({ next: null, items: [] });
});
