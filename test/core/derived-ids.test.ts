import { expect, test } from 'vitest';
import { ownIdFor } from '../../api/new-id.js';
import { derivedId } from '../../language/hashing.js';

// Written out: what was made before is found again by these very ids.
test('Derived ids are what they always were', () => {
  expect(derivedId('bat', 'request-1')).toBe('bat_19f1064b619d49d35392eac7261cd726');
  expect(derivedId('tsk', 'request-1', 0)).toBe('tsk_39177063b8a5ff3ac20dea23c4fb2fe7');
  expect(derivedId('tsk', 'chain', 'task-1.1.next.2')).toBe('tsk_5a8d0d14aedbc1c7fa103628cc02a61e');
  expect(derivedId('tsk', 'trigger', 'trg_1', 'body:é')).toBe('tsk_609702688b8074c954a8d64cf0d0fb43');
});

test('So are those that a request makes with something else, with a key or without', () => {
  const hash = '19f1064b619d49d35392eac7261cd72639177063b8a5ff3ac20dea23c4fb2fe7';
  expect(ownIdFor('sub', hash)).toBe('sub_19f1064b619d49d35392eac7261cd726');
  expect(ownIdFor('com', '0b7e1c54-6f0e-4a57-9d0c-3f7d8f1f2a11')).toBe('com_0b7e1c546f0e4a579d0c3f7d8f1f2a11');
});
