// External programs: they hold their claim until they answer, and a time that is over is an outcome of its own.
import { describe, expect, test } from 'vitest';
import { nextDeadline } from '../../core/claims.js';
import { compilePlan } from '../../core/plan.js';
import type { ExternalNode } from '../../core/pipeline.js';
import {
  ann,
  aPipeline,
  aSubmission,
  boss,
  day,
  end,
  external,
  hour,
  labeling,
  minute,
  only,
  review,
  rita,
} from '../support/builders.js';
import { World } from './world.js';

const agent = { id: 'agent' };

const timed = (more: Partial<ExternalNode> = {}) =>
  new World(
    only(
      external('it', { timeout: 'PT1H', pathways: ['solved', 'unsolved'], ...more }),
      ['it : timeout → person', 'person → end'],
      [labeling('person')],
    ),
  );

describe('An external program', () => {
  test('answers with one of its pathways', () => {
    const world = timed();
    world.does(agent, 'claim', 'it');

    expect(world.codeOf(agent, 'submit', 'it', { action: 'complete' })).toBe('INVALID_ACTION');
    world.does(agent, 'submit', 'it', { action: 'unsolved', submission: aSubmission() });

    expect(world.instance('it')).toMatchObject({ status: 'finished', outcome: 'unsolved', performer: 'agent' });
    expect(world.instance('person').status).toBe('na');
    expect(world.cycle.outcome).toBe('complete');
  });

  test.each([
    ['a week where it has no time of its own', {}, 7 * day],
    ['its time', { timeout: 'PT2H' }, 2 * hour],
    ['its lease where that is given', { timeout: 'PT2H', settings: { lease: 'PT5M' } }, 5 * minute],
  ])('holds its claim for %s', (_, more, leaseMs) => {
    const [, it] = compilePlan(only(external('it', more))).nodes;

    expect(it?.leaseMs).toBe(leaseMs);
  });
});

describe('Time that is over', () => {
  test.each([
    ['nobody took it', () => undefined],
    ['it is held', (world: World) => world.does(agent, 'claim', 'it')],
  ])('takes the edge "timeout", though %s', (_, before) => {
    const world = timed();
    before(world);

    world.passes(hour - 1);
    expect(['available', 'claimed']).toContain(world.instance('it').status);
    world.passes(1);

    expect(world.instance('it')).toMatchObject({ status: 'finished', outcome: 'timeout' });
    expect(world.instance('person').status).toBe('available');
  });

  test('counts from when the node was reached, not from the claim', () => {
    const world = timed();
    world.passes(59 * minute);
    world.does(agent, 'claim', 'it');
    world.passes(minute);

    expect(world.instance('it').outcome).toBe('timeout');
  });

  test('refuses what comes late', () => {
    const world = timed();
    world.does(agent, 'claim', 'it');
    world.passes(hour);

    expect(world.codeOf(agent, 'submit', 'it', { action: 'solved' })).toBe('NODE_CLOSED');
    expect(world.codeOf(agent, 'heartbeat', 'it')).toBe('NODE_CLOSED');
  });

  test('is what the one timer waits for', () => {
    const world = timed();

    expect(nextDeadline(world.cycle)).toBe(world.instance('it').timeoutAt);
    world.does(agent, 'claim', 'it');
    expect(nextDeadline(world.cycle)).toBe(world.instance('it').timeoutAt);
  });

  test('does not touch what was answered or is held', () => {
    const [answered, held] = [timed(), timed()];
    answered.labels(agent, 'it', { action: 'solved' });
    held.does(boss, 'escalate', 'it');
    answered.passes(day);
    held.passes(day);

    expect(answered.instance('it').outcome).toBe('solved');
    expect(held.instance('it').status).toBe('escalated');
  });

  test('begins anew when a manager returns it', () => {
    const world = timed();
    world.does(boss, 'escalate', 'it');
    world.passes(day);

    world.does(boss, 'resolve', 'it', { how: 'return' });
    world.passes(hour - 1);
    expect(world.instance('it').status).toBe('available');
    world.passes(1);

    expect(world.instance('it').outcome).toBe('timeout');
  });

  test('runs for rework as well', () => {
    const world = new World(
      aPipeline(
        [external('it', { timeout: 'PT1H' }), review('qa', 'it'), labeling('person'), end()],
        ['start → it', 'it : complete → qa', 'it : timeout → person', 'qa → end', 'person → end'],
      ),
    );
    world.labels(agent, 'it');
    world.judges(rita, 'qa', 'reject');

    world.passes(hour);

    expect(world.instance('it')).toMatchObject({ visit: 2, outcome: 'timeout' });
    expect(world.child.exit?.how).toBe('passed');
    world.labels(ann, 'person');
    expect(world.cycle.outcome).toBe('complete');
  });
});
