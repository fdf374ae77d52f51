// Wherever a cycle was left, and from whichever node it goes on: what was done before is carried over as it was, nothing of it is worked
// again, and the next cycle waits for something that can be named, or ends.
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { endingEvents } from '../../core/ending.js';
import { evolve } from '../../core/evolve.js';
import { descendantsOf } from '../../core/graph.js';
import { openCycle } from '../../core/open.js';
import type { PipelineDefinition } from '../../core/pipeline.js';
import { planNode } from '../../core/plan-node.js';
import { executionsOf } from '../../core/programs.js';
import { recordOf } from '../../core/record.js';
import type { FormerCycle, FormerSubmission, FormerVisit, ResumePoint } from '../../core/resume.js';
import { resumePoint } from '../../core/resume.js';
import type { StreamState } from '../../core/state.js';
import { slotsOf } from '../../core/state.js';
import { waitingFor } from '../../core/view.js';
import { recordBody } from '../../db/writes/record-body.js';
import { aTask, boss, minute } from '../support/builders.js';
import { propertyRuns as runs, propertyTimeout } from '../support/property-runs.js';
import type { Move } from './random-crew.js';
import { makeMove, randomMoves } from './random-crew.js';
import { randomPipelines } from './random-pipelines.js';
import { World } from './world.js';

vi.setConfig({ testTimeout: propertyTimeout });

/** As the rows of Postgres would have it: each stream is ended where it stands. */
function leftBy(world: World): FormerCycle {
  const at = world.now + minute;
  const ended = world.streams.map((state) =>
    state.status === 'open' ? endingEvents(state, { how: 'discarded', at }).reduce(evolve, state) : state,
  );
  const counters = Object.assign({}, ...ended.map((state) => state.counters)) as FormerCycle['counters'];
  return {
    visits: ended.flatMap(visitsOf),
    submissions: ended
      .flatMap((state) => submissionsOf(world, state))
      .sort((a, b) => a.order - b.order)
      .map(({ order: _, ...submission }) => submission),
    counters,
  };
}

function visitsOf(state: StreamState): FormerVisit[] {
  const last = Math.max(...Object.values(state.instances).map(({ finishedAt = 0 }) => finishedAt));
  return Object.values(state.instances)
    .filter(({ parent }) => parent === undefined)
    .map(({ id, node, visit, status, outcome = null, performer = null, result = null, finishedAt }) => ({
      ...{ id, node, visit, status, outcome, performer, result },
      closedAtEnd: status === 'finished' && outcome === 'superseded' && finishedAt === last,
      voters: slotsOf(state, id).flatMap((slot) => slot.performer ?? []),
    }));
}

interface Row {
  id: string;
  payload_hash: string;
  instance_id: string;
  node: string;
  performer: string;
  action: string;
}

function submissionsOf(world: World, state: StreamState): (FormerSubmission & { order: number })[] {
  return world.events.flatMap(({ stream, ...event }, order) => {
    if (stream !== state.workflowId) return [];
    const record = recordOf(undefined, state, [event], [], { runId: 'run', sequence: 1, decidedAt: event.at });
    const { submissions = [] } = recordBody(record) as { submissions?: readonly Row[] };
    return submissions.map(({ id, payload_hash: hash, instance_id: instance, node, performer, action }) => ({
      ...{ id, hash, instance, node, performer, action, order },
    }));
  });
}

function goesOn(world: World, resume: ResumePoint, from: string | undefined): void {
  const { plan } = world.cycle;
  const done = Object.keys(resume.outcomes);
  const task = { ...aTask(), cycleId: 'task-1.2' };
  const { state } = openCycle(task, plan, world.now + 2 * minute, { rerun: { mode: 'resume', actor: boss, resume } });
  const opened = Object.values(state.instances).filter(({ parent }) => parent === undefined);

  expect(
    opened.map(({ node }) => node).filter((node) => done.includes(node)),
    'worked again',
  ).toEqual([]);
  const again = from === undefined ? [] : [from, ...descendantsOf(plan.edges, from)];
  expect(
    done.filter((node) => again.includes(node)),
    'carried over all the same',
  ).toEqual([]);
  for (const node of done) expect(state.results[node], `what ${node} came to`).toEqual(resume.results[node]);
  for (const { node, visit } of opened) expect(visit, node).toBe((resume.visits[node] ?? 0) + 1);
  if (state.status === 'open') expect(waitingFor(state).length + executionsOf(state).length).toBeGreaterThan(0);
}

const judges: readonly string[] = ['review', 'consensus_review'];

/** What the cycle itself knew of the nodes that stay done; of those that rework had, what that has done is later. */
function isAsItWas({ cycle, children }: World, { outcomes, results }: ResumePoint): void {
  const reworked = new Set(children.flatMap(({ instances }) => Object.values(instances).map(({ node }) => node)));
  const isJudgedAgain = (work: string): boolean =>
    cycle.plan.nodes.some(({ key, review }) => review?.of === work && !outcomes[key]);
  for (const node of Object.keys(outcomes)) {
    const known = cycle.results[node];
    if (!known || reworked.has(node) || cycle.current[node] !== known.instance) continue;
    expect(results[node], `what ${node} came to`).toMatchObject({ instance: known.instance, outcome: known.outcome });
    // A verdict's row names what it judged; where the votes are judged again, they are as they were before.
    if (judges.includes(planNode(cycle.plan, node)?.kind ?? '') || isJudgedAgain(node)) continue;
    expect(results[node]?.submission, `what was handed in at ${node}`).toEqual(known.submission);
  }
}

function resumesFromEverywhere(definition: PipelineDefinition, moves: readonly Move[]): void {
  const world = new World(definition);
  for (const move of moves) makeMove(world, move);
  const former = leftBy(world);
  const nodes = world.cycle.plan.nodes.filter(({ kind }) => kind !== 'start' && kind !== 'end').map(({ key }) => key);
  for (const from of [undefined, ...nodes]) {
    const resume = resumePoint(world.cycle.plan, former, from);
    if (!resume) continue;
    expect(JSON.parse(JSON.stringify(resume))).toEqual(resume);
    isAsItWas(world, resume);
    goesOn(world, resume, from);
  }
}

test('A cycle goes on from every point where it may, with what was done before', () => {
  fc.assert(fc.property(randomPipelines, randomMoves, resumesFromEverywhere), runs);
});
