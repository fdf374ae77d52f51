import { describe, expect, test } from 'vitest';
import { progress } from '../../core/advance.js';
import { endingEvents } from '../../core/ending.js';
import type { CycleEvent } from '../../core/events.js';
import { silentEvents } from '../../core/events.js';
import type { StreamRecord } from '../../core/record.js';
import { instanceRow, recordOf } from '../../core/record.js';
import type { StreamState } from '../../core/state.js';
import {
  ann,
  aSubmission,
  bob,
  boss,
  dawn,
  day,
  hour,
  labeledAndReviewed,
  labeledOnce,
  minute,
  rita,
  twoReviewedBranches,
  votedOn,
} from '../support/builders.js';
import { World } from './world.js';

const stamp = { runId: 'run-1', sequence: 7, decidedAt: dawn };

const changes = (before: StreamState | undefined, after: StreamState, events: CycleEvent[] = []): StreamRecord =>
  recordOf(before, after, events, [], stamp);

const idsOf = ({ rows }: StreamRecord): string[] => rows.map(({ id }) => id);

describe('A record', () => {
  test('of what changed has the rows that changed, and no others', () => {
    const world = new World(twoReviewedBranches());
    const before = world.cycle;

    world.does(ann, 'claim', 'cat');

    const record = changes(before, world.cycle);
    expect(record.whole).toBe(false);
    expect(record.rows).toMatchObject([{ id: 'task-1.1.cat.1', status: 'claimed', assignee: 'ann' }]);
  });

  test('of nothing has no rows', () => {
    const { cycle } = new World(labeledOnce());

    expect(changes(cycle, cycle).rows).toEqual([]);
  });

  test('of a whole stream has every row', () => {
    const world = new World(labeledAndReviewed());
    world.labels(ann, 'annotate');
    world.judges(rita, 'qa', 'approve');

    const record = changes(undefined, world.cycle);

    expect(record.whole).toBe(true);
    expect(idsOf(record)).toEqual(['task-1.1.annotate.1', 'task-1.1.qa.1', 'task-1.1.end.1']);
  });

  test('of a slot shows its consensus too, as that is what is queued', () => {
    const world = new World(votedOn(3));
    const before = world.cycle;

    world.does(ann, 'claim', 'vote');

    const record = changes(before, world.cycle);
    expect(record.rows).toMatchObject([
      { id: 'task-1.1.vote.1', openSlots: 2, status: 'available' },
      { id: 'task-1.1.vote.1.s1', openSlots: 0, status: 'claimed', parentId: 'task-1.1.vote.1', slot: 1 },
    ]);
  });

  test('tells the stream, and where it stands', () => {
    const world = new World(labeledAndReviewed());
    world.labels(ann, 'annotate');
    world.judges(rita, 'qa', 'reject');

    expect(changes(undefined, world.cycle)).toMatchObject({
      ...stamp,
      kind: 'cycle',
      workflowId: 'cycle:task-1.1',
      task: { taskId: 'task-1' },
      status: 'open',
      outcome: null,
      started: true,
      nodes: ['annotate'],
    });
    expect(changes(undefined, world.child)).toMatchObject({ kind: 'rework', workflowId: world.child.workflowId });
  });

  test('of the end has its outcome, and no nodes', () => {
    const world = new World(labeledOnce());
    const before = world.cycle;
    const ended = progress(before, endingEvents(before, { how: 'discarded', at: dawn, actor: boss }), dawn);

    expect(changes(before, ended.state, ended.events)).toMatchObject({
      status: 'finished',
      outcome: 'discard',
      nodes: [],
    });
  });

  test('leaves bookkeeping out of the timeline', () => {
    const world = new World(labeledAndReviewed());
    world.labels(ann, 'annotate');
    world.judges(rita, 'qa', 'reject');
    const before = world.events.length;

    const { events } = changes(undefined, world.cycle, world.events.slice(0, before));

    expect(events.map(({ type }) => type)).toEqual([
      'opened',
      'claimed',
      'submitted',
      'opened',
      'claimed',
      'reviewed',
      'finished',
      'finished',
      'reworkStarted',
    ]);
    expect([...silentEvents]).toEqual(['routed', 'reported', 'prolonged', 'counted', 'clocked', 'resynced']);
  });

  test('carries the rows of children that begin', () => {
    const world = new World(labeledAndReviewed());
    world.labels(ann, 'annotate');
    world.judges(rita, 'qa', 'reject');
    const row = instanceRow(world.child, world.instance('annotate'));
    const children = [{ workflowId: world.child.workflowId, row }];

    expect(recordOf(undefined, world.cycle, [], children, stamp).children).toEqual(children);
  });

  test('is plain JSON', () => {
    const world = new World(labeledAndReviewed());
    world.labels(ann, 'annotate');
    const record = changes(undefined, world.cycle, world.events);

    expect(JSON.parse(JSON.stringify(record))).toStrictEqual(record);
  });
});

describe('A row', () => {
  test('has null where there is nothing', () => {
    const world = new World(labeledOnce());

    expect(instanceRow(world.cycle, world.instance('annotate'))).toEqual({
      id: 'task-1.1.annotate.1',
      node: 'annotate',
      kind: 'labeling',
      visit: 1,
      slot: null,
      parentId: null,
      status: 'available',
      availabilityReason: 'NEW',
      assignee: null,
      performer: null,
      outcome: null,
      verdict: null,
      submissionId: null,
      draftId: null,
      holdReason: null,
      result: null,
      openSlots: 1,
      excluded: [],
      reservedFor: null,
      reservedUntil: null,
      openedAt: dawn,
      claimedAt: null,
      leaseUntil: null,
      leaseMs: 30 * minute,
      pausedMs: 0,
      heldAtMs: null,
      submittedAt: null,
      finishedAt: null,
      version: 1,
    });
  });

  test('of rework tells the draft and for whom it is kept', () => {
    const world = new World(labeledAndReviewed());
    world.labels(ann, 'annotate');
    world.judges(rita, 'qa', 'reject');

    expect(instanceRow(world.child, world.instance('annotate'))).toMatchObject({
      availabilityReason: 'REOPENED',
      reservedFor: 'ann',
      reservedUntil: dawn + day,
      draftId: 'annotate by ann',
    });
  });

  test('of work that is held tells why', () => {
    const world = new World(labeledOnce());
    world.does(boss, 'escalate', 'annotate', { reason: 'blurred' });

    expect(instanceRow(world.cycle, world.instance('annotate'))).toMatchObject({
      status: 'escalated',
      holdReason: 'blurred',
      openSlots: 0,
    });
  });

  test('of work that went on tells no hold any more', () => {
    const world = new World(labeledAndReviewed());
    world.labels(ann, 'annotate');
    world.does(boss, 'escalate', 'qa', { reason: 'blurred' });
    world.does(boss, 'resolve', 'qa', { how: 'accept' });

    expect(instanceRow(world.cycle, world.instance('qa'))).toMatchObject({ status: 'finished', holdReason: null });
  });

  test('of released work tells no holder any more', () => {
    const world = new World(labeledOnce());
    world.does(ann, 'claim', 'annotate');
    world.passes(hour);

    expect(instanceRow(world.cycle, world.instance('annotate'))).toMatchObject({
      assignee: null,
      leaseUntil: null,
    });
  });

  test('has its lease in wall time, with how long pauses had taken by then', () => {
    const world = new World(labeledOnce());
    world.does(ann, 'claim', 'annotate');
    const later = { ...world.cycle, clock: { pausedTotalMs: hour } };
    const paused = { ...world.cycle, clock: { pausedTotalMs: 0, pausedAtMs: dawn } };

    expect(instanceRow(later, world.instance('annotate'))).toMatchObject({
      leaseUntil: dawn + 30 * minute + hour,
      pausedMs: hour,
    });
    expect(instanceRow(paused, world.instance('annotate'))).toMatchObject({
      leaseUntil: dawn + 30 * minute,
      pausedMs: 0,
    });
  });

  test('of a consensus whose slots are all taken is not in the queue', () => {
    const world = new World(votedOn(2));
    world.does(ann, 'claim', 'vote');
    world.does(bob, 'claim', 'vote');

    expect(instanceRow(world.cycle, world.instance('vote'))).toMatchObject({ status: 'claimed', openSlots: 0 });

    world.passes(hour);
    expect(instanceRow(world.cycle, world.instance('vote'))).toMatchObject({ status: 'available', openSlots: 2 });
  });

  test('of a decided consensus has the result', () => {
    const world = new World(votedOn(1));
    world.votes(ann, 'vote', 'cat');

    expect(instanceRow(world.cycle, world.instance('vote'))).toMatchObject({
      status: 'finished',
      outcome: 'complete',
      result: { submission: aSubmission('cat by ann') },
    });
  });
});
