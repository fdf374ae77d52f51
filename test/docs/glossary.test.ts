import { expect, test } from 'vitest';
import { commandTypes } from '../../core/commands.js';
import { nodeStatuses, taskStatuses } from '../../core/state.js';
import * as messages from '../../workflows/messages.js';
import { codeSpans, read, section } from './markdown.js';

const glossary = read('docs/glossary.md');

test('docs/glossary.md has every message of a cycle', () => {
  const defined = Object.values(messages).flatMap((message) => ('name' in message ? [message.name] : []));

  expect(codeSpans(section(glossary, 'Messages of a cycle'))).toEqual(expect.arrayContaining(defined));
  expect(defined).toEqual(expect.arrayContaining(commandTypes));
});

test('docs/glossary.md has every status', () => {
  const named = codeSpans(section(glossary, 'Statuses'));

  expect(named).toEqual(expect.arrayContaining([...taskStatuses, ...nodeStatuses]));
});
