// Whatever people and programs do to whatever pipeline: nothing is thrown, nothing is lost, nothing is done twice.
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { checkPipeline } from '../../core/check-pipeline.js';
import type { PipelineDefinition } from '../../core/pipeline.js';
import { planNode } from '../../core/plan-node.js';
import { executedEvents, executionsOf } from '../../core/programs.js';
import { isOpen, slotsOf } from '../../core/state.js';
import { taskStatus, waitingFor } from '../../core/view.js';
import type { Move } from './random-crew.js';
import { failedForGood, finish, makeMove, openStreams, randomMoves, wasDiscarded } from './random-crew.js';
import { propertyRuns as runs, propertyTimeout } from '../support/property-runs.js';
import { randomChains, randomPipelines } from './random-pipelines.js';
import { World } from './world.js';

vi.setConfig({ testTimeout: propertyTimeout });

function played(definition: PipelineDefinition, moves: readonly Move[]): World {
  const world = new World(definition);
  for (const move of moves) makeMove(world, move);
  return world;
}

function waitsForSomething(world: World): void {
  for (const stream of openStreams(world)) {
    const reworks = Object.entries(stream.reworks).filter(([, { exit }]) => !exit);
    for (const [child] of reworks) expect(world.stream(child).status, `${child} of ${stream.workflowId}`).toBe('open');

    expect(waitingFor(stream).length + reworks.length, `what ${stream.workflowId} waits for`).toBeGreaterThan(0);
  }
}

function endsClosed(world: World): void {
  for (const stream of world.streams) {
    if (stream.status === 'open') continue;
    expect(Object.values(stream.instances).filter(isOpen), `open in ${stream.workflowId}`).toEqual([]);
  }
  if (world.cycle.status !== 'open') expect(taskStatus(world.cycle)).toBe(world.cycle.status);
}

function opensEachVisitOnce(world: World): void {
  const opened = [
    ...world
      .eventsOf('opened')
      .flatMap(({ opened: instance }) => (instance.status === 'deferred' ? [] : [instance.id])),
    ...world.eventsOf('reworkStarted').map(({ initial }) => initial.id),
  ];

  expect(opened.filter((id, index) => opened.indexOf(id) !== index)).toEqual([]);
}

function beginsEachRunOnce(world: World): void {
  const begun = world.eventsOf('executionStarted').map(({ execution }) => execution);

  expect(begun.filter((id, index) => begun.indexOf(id) !== index)).toEqual([]);
}

/** Whatever a run that was overtaken says, nothing comes of it. */
function heedsNoRunThatIsOver(world: World): void {
  const underWay = new Set(openStreams(world).flatMap((stream) => executionsOf(stream).map((run) => run.execution)));
  for (const event of world.events) {
    if (event.type !== 'executionStarted' || underWay.has(event.execution)) continue;
    const stream = world.stream(event.stream);
    expect(executedEvents(stream, event.execution, { ok: true, result: {} }, world.now)).toEqual([]);
    expect(executedEvents(stream, event.execution, { ok: false, code: 'LATE' }, world.now)).toEqual([]);
  }
}

function failsOnlyWhereNobodyIsLeft(world: World): void {
  expect(world.cycle.status === 'failed').toBe(world.cycle.failure !== undefined);
  if (world.cycle.status === 'failed') expect(failedForGood(world)).toBe(true);
}

function worksOnEachNodeOnce(world: World): void {
  if (world.cycle.status !== 'open') return;
  const open = openStreams(world).flatMap(({ instances }) =>
    Object.values(instances).flatMap(({ node, parent, ...rest }) =>
      parent === undefined && isOpen({ node, ...rest }) ? [node] : [],
    ),
  );

  expect(open.filter((node, index) => open.indexOf(node) !== index)).toEqual([]);
}

function leavesNoChildAlone(world: World): void {
  if (world.cycle.status !== 'open') return;
  for (const child of world.children.filter(({ status }) => status === 'open')) {
    expect(Object.keys(world.cycle.reworks)).toContain(child.workflowId);
  }
}

function countsOneVoteEach(world: World): void {
  for (const stream of world.streams) {
    for (const { id, kind, parent } of Object.values(stream.instances)) {
      if (kind !== 'consensus' || parent !== undefined) continue;
      const voters = slotsOf(stream, id).flatMap(({ performer, ballot }) =>
        performer !== undefined && ballot ? [performer] : [],
      );
      expect(new Set(voters).size, `voters of ${id}`).toBe(voters.length);
      const holders = slotsOf(stream, id).flatMap(({ assignee }) => (assignee === undefined ? [] : [assignee]));
      expect(new Set(holders).size, `holders of ${id}`).toBe(holders.length);
    }
  }
}

function asksForNoMoreVotesThanAllowed(world: World): void {
  for (const stream of world.streams) {
    for (const { id, node, parent } of Object.values(stream.instances)) {
      const rule = planNode(stream.plan, node)?.consensus;
      if (!rule || parent !== undefined) continue;
      expect(slotsOf(stream, id).length, `slots of ${id}`).toBeLessThanOrEqual(rule.max ?? rule.slots);
    }
  }
}

/** A late vote is one of a vote that is decided, and ends with its stream. */
function waitsForNoLateVote(world: World): void {
  for (const stream of openStreams(world)) {
    const late = Object.values(stream.instances).filter((instance) => instance.late);
    for (const { parent = '' } of late) expect(stream.instances[parent]?.status).toBe('finished');
    expect(waitingFor(stream).filter(({ instance }) => late.some(({ id }) => id === instance))).toEqual([]);
  }
}

function holdsAtEveryMoment(world: World): void {
  waitsForSomething(world);
  endsClosed(world);
  opensEachVisitOnce(world);
  worksOnEachNodeOnce(world);
  leavesNoChildAlone(world);
  countsOneVoteEach(world);
  asksForNoMoreVotesThanAllowed(world);
  waitsForNoLateVote(world);
  beginsEachRunOnce(world);
  heedsNoRunThatIsOver(world);
  failsOnlyWhereNobodyIsLeft(world);
}

describe.each([
  ['a chain of steps', randomChains],
  ['any pipeline', randomPipelines],
])('In %s', (_, pipelines) => {
  test('definitions are good ones', () => {
    fc.assert(
      fc.property(pipelines, (definition) => {
        expect(checkPipeline(definition).filter(({ severity }) => severity === 'error')).toEqual([]);
      }),
      runs,
    );
  });

  test('all that must hold at every moment does, whatever people do', () => {
    fc.assert(
      fc.property(pipelines, randomMoves, (definition, moves) => {
        const world = new World(definition);
        for (const move of moves) {
          makeMove(world, move);
          holdsAtEveryMoment(world);
        }
        finish(world, holdsAtEveryMoment);
      }),
      runs,
    );
  });

  test('a task can always be brought to its end, and ends complete unless it is discarded or fails', () => {
    fc.assert(
      fc.property(pipelines, randomMoves, (definition, moves) => {
        const world = played(definition, moves);

        expect(finish(world), 'brought to its end').toBe(true);
        if (world.cycle.status === 'finished' && !wasDiscarded(world)) expect(world.cycle.outcome).toBe('complete');
      }),
      runs,
    );
  });

  test('every state is plain JSON', () => {
    fc.assert(
      fc.property(pipelines, randomMoves, (definition, moves) => {
        for (const stream of played(definition, moves).streams) {
          expect(JSON.parse(JSON.stringify(stream))).toStrictEqual(stream);
        }
      }),
      runs,
    );
  });

  test('the same commands lead to the same state', () => {
    fc.assert(
      fc.property(pipelines, randomMoves, (definition, moves) => {
        expect(played(definition, moves).streams).toEqual(played(definition, moves).streams);
      }),
      runs,
    );
  });
});
