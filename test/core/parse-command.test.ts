import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CommandType } from '../../core/commands.js';
import { commandTypes, inlineLimit, parseCommand } from '../../core/commands.js';
import { execute } from '../../core/decide.js';
import { openCycle } from '../../core/open.js';
import { aPlan, aSubmission, aTask, dawn } from '../support/builders.js';

const base = { id: 'c1', actor: { id: 'ann' }, instance: 'task-1.1.annotate.1' };

const good: Record<CommandType, Record<string, unknown>[]> = {
  claim: [{}, { receivedAt: dawn, expectedVersion: 3 }, { actor: { id: 'ann', via: 'boss', manager: true } }],
  release: [{}],
  heartbeat: [{}],
  skip: [{ reason: 'blurred' }, { reason: 'blurred', nobodyLeft: true }],
  submit: [
    {},
    { answers: { '/label': 'it is right' } },
    { action: 'complete', submission: aSubmission() },
    { values: { a: [1, null, 'b'] } },
    { values: null },
  ],
  approve: [
    {},
    { comment: '' },
    { submission: aSubmission(), fieldVerdicts: [{ field: '/a', verdict: 'pass', comment: 'good' }] },
  ],
  reject: [
    {},
    { fieldVerdicts: [{ field: '/a', verdict: 'fail' }] },
    { comment: 'no', issueTags: ['box'], fields: ['/a/b'] },
  ],
  vote: [{ ballot: {} }, { ballot: { label: 'cat' }, action: 'complete', submission: aSubmission() }],
  escalate: [{ reason: 'unclear' }],
  deescalate: [{}],
  resolve: [
    { how: 'return', to: 'bob' },
    { how: 'accept', comment: 'fine' },
    { how: 'fixAndAccept', submission: aSubmission() },
    { how: 'discard' },
    { how: 'restart' },
  ],
  recall: [{}],
  reopen: [{}, { action: 'complete', submission: aSubmission() }],
  revise: [{ submission: aSubmission() }, { submission: aSubmission(), rerun: true }],
};

function nested(depth: number): unknown {
  return JSON.parse('['.repeat(depth) + ']'.repeat(depth));
}

const malformed: [why: string, type: CommandType, body: unknown][] = [
  ['no object', 'claim', null],
  ['a text', 'claim', 'claim'],
  ['a list', 'claim', [base]],
  ['nothing', 'claim', undefined],
  ['no id', 'claim', { ...base, id: undefined }],
  ['an empty id', 'claim', { ...base, id: '' }],
  ['an id that is too long', 'claim', { ...base, id: 'x'.repeat(201) }],
  ['no actor', 'claim', { id: 'c1', instance: 'i' }],
  ['an actor that is a text', 'claim', { ...base, actor: 'ann' }],
  ['an actor with unknown fields', 'claim', { ...base, actor: { id: 'ann', role: 'admin' } }],
  ['an actor whose manager is no truth value', 'claim', { ...base, actor: { id: 'ann', manager: 'yes' } }],
  ['no instance', 'claim', { id: 'c1', actor: { id: 'ann' } }],
  ['an unknown field', 'claim', { ...base, force: true }],
  ['a field of another command', 'claim', { ...base, ballot: {} }],
  ['its own type', 'claim', { ...base, type: 'claim' }],
  ['a field named like a property of every object', 'claim', { ...base, constructor: 1 }],
  ['a prototype', 'claim', JSON.parse(`{"id":"c1","actor":{"id":"a"},"instance":"i","__proto__":{"x":1}}`)],
  ['a time that is a text', 'claim', { ...base, receivedAt: '2026-03-02' }],
  ['a negative time', 'claim', { ...base, receivedAt: -1 }],
  ['a broken version', 'claim', { ...base, expectedVersion: 1.5 }],
  ['a submission without hash', 'submit', { ...base, submission: { id: 's' } }],
  ['values over the limit', 'submit', { ...base, values: 'x'.repeat(inlineLimit) }],
  ['a body over the limit', 'submit', { ...base, note: 'x'.repeat(30_000) }],
  ['values nested too deep to be read', 'submit', { ...base, values: nested(12_000) }],
  ['a comment that is too long', 'approve', { ...base, comment: 'x'.repeat(2_001) }],
  ['too many tags', 'reject', { ...base, issueTags: Array.from({ length: 21 }, () => 'tag') }],
  ['a tag that is no text', 'reject', { ...base, issueTags: [1] }],
  ['a field verdict that is none', 'reject', { ...base, fieldVerdicts: [{ field: '/a', verdict: 'maybe' }] }],
  ['a field verdict without a pointer', 'approve', { ...base, fieldVerdicts: [{ field: 'a', verdict: 'pass' }] }],
  ['field verdicts that are no list', 'reject', { ...base, fieldVerdicts: { '/a': 'fail' } }],
  ['an answer to no pointer', 'submit', { ...base, answers: { a: 'why' } }],
  ['an empty answer', 'submit', { ...base, answers: { '/a': '' } }],
  ['no reason to skip', 'skip', base],
  ['a nobodyLeft that is a text', 'skip', { ...base, reason: 'x', nobodyLeft: 'yes' }],
  ['no ballot', 'vote', base],
  ['a ballot that is a list', 'vote', { ...base, ballot: ['cat'] }],
  ['a ballot over the limit', 'vote', { ...base, ballot: { label: 'x'.repeat(2_048) } }],
  ['no reason', 'escalate', base],
  ['an empty reason', 'escalate', { ...base, reason: '' }],
  ['no how', 'resolve', base],
  ['an unknown how', 'resolve', { ...base, how: 'forget' }],
  ['a how named like a property of every list', 'resolve', { ...base, how: 'length' }],
];

describe('A command', () => {
  test.each(commandTypes)('%s is read from a good body', (type) => {
    for (const more of good[type]) {
      const body = { ...base, ...more };

      expect(parseCommand(type, body)).toEqual({ ok: true, value: { ...body, type } });
    }
  });

  test.each(malformed)('with %s is refused', (_, type, body) => {
    expect(parseCommand(type, body)).toMatchObject({ ok: false, rejection: { code: 'MALFORMED_COMMAND' } });
  });

  test('that is refused names the field', () => {
    const rejection = parseCommand('vote', { ...base, ballot: 1 });

    expect(rejection).toMatchObject({ rejection: { detail: '"ballot" is not what it should be' } });
    expect(parseCommand('vote', base)).toMatchObject({ rejection: { detail: '"ballot" is missing' } });
    expect(parseCommand('claim', { ...base, force: 1 })).toMatchObject({
      rejection: { detail: '"force" is not a field of this command' },
    });
  });

  test('is read from any JSON without an exception', () => {
    const json = fc.oneof(
      fc.jsonValue({ maxDepth: 4 }),
      fc.record(
        {
          id: fc.oneof(fc.string(), fc.jsonValue()),
          actor: fc.oneof(fc.record({ id: fc.string({ minLength: 1 }) }), fc.jsonValue()),
          instance: fc.oneof(fc.string(), fc.jsonValue()),
          ballot: fc.jsonValue(),
          how: fc.jsonValue(),
          values: fc.jsonValue(),
          submission: fc.jsonValue(),
          comment: fc.jsonValue(),
        },
        { requiredKeys: [] },
      ),
    );
    fc.assert(
      fc.property(fc.constantFrom(...commandTypes), json, (type, body) => {
        const read = parseCommand(type, body);

        if (!read.ok) expect(read.rejection.code).toBe('MALFORMED_COMMAND');
        else expect(read.value.type).toBe(type);
      }),
      { numRuns: 500 },
    );
  });

  test('that could be read can be judged, whatever it names', () => {
    const { state } = openCycle(aTask(), aPlan(), dawn);
    const instance = fc.constantFrom(base.instance, 'task-1.1.qa.1', 'constructor', '__proto__', 'valueOf', 'x');
    const command = fc
      .constantFrom(...commandTypes)
      .chain((type) => fc.tuple(fc.constant(type), fc.constantFrom(...good[type]), instance, fc.boolean()));
    fc.assert(
      fc.property(command, ([type, more, on, manager]) => {
        const read = parseCommand(type, { ...base, ...more, instance: on, actor: { id: 'x', manager } });

        expect(read.ok && execute(state, read.value, dawn)).toHaveProperty('ok');
      }),
    );
  });
});
