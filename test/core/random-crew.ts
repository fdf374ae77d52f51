// People and programs who do anything at random to a task, and a diligent crew that brings whatever they left to its end.
import fc from 'fast-check';
import type { CommandType } from '../../core/commands.js';
import { commandTypes } from '../../core/commands.js';
import { defined } from '../../core/defined.js';
import { planNode } from '../../core/plan-node.js';
import type { ExecutionReport } from '../../core/programs.js';
import type { Actor, Instance, StreamState, SubmissionRef } from '../../core/state.js';
import { isOpen } from '../../core/state.js';
import { ann, aSubmission, bob, boss, cat, day, minute, rita } from '../support/builders.js';
import type { World } from './world.js';

export interface Move {
  actor: Actor;
  /** `work`: what the holder, person or program, would do next; `again`: done work is recalled, reopened or revised; otherwise that very command, sensible or not. */
  does: CommandType | 'work' | 'wait' | 'again';
  /** Chooses among instances, answers, actions. */
  pick: number;
  other: number;
}

const moves: fc.Arbitrary<Move> = fc.record({
  actor: fc.constantFrom<Actor>(ann, bob, cat, rita, boss),
  does: fc.oneof(
    { weight: 24, arbitrary: fc.constant('work' as const) },
    { weight: 1, arbitrary: fc.constant('wait' as const) },
    { weight: 3, arbitrary: fc.constant('again' as const) },
    { weight: 6, arbitrary: fc.constantFrom(...commandTypes) },
  ),
  pick: fc.nat(99),
  other: fc.nat(99),
});

export const randomMoves: fc.Arbitrary<Move[]> = fc.array(moves, { minLength: 20, maxLength: 120, size: 'max' });

const openInstances = (world: World): Instance[] =>
  world.streams
    .filter(({ status }) => status === 'open')
    .flatMap(({ instances }) => Object.values(instances).filter(isOpen));

const one = <T>(list: readonly T[], pick: number): T | undefined => list[pick % list.length];

function bodyOf(world: World, type: CommandType, instance: Instance, { pick, other }: Move): Record<string, unknown> {
  const submission = aSubmission(`${instance.id} ${String(world.events.length)}`);
  const actions = planNode(world.cycle.plan, instance.node)?.actions ?? [];
  switch (type) {
    case 'submit':
      // Discards end tasks: seldom, or there is nothing left to look at.
      return {
        submission,
        action:
          other > 90
            ? one(actions, pick)
            : one(
                actions.filter((a) => a !== 'discard'),
                pick,
              ),
      };
    case 'skip':
      return { nobodyLeft: other > 70 };
    case 'approve':
      return other > 80 ? { submission } : {};
    case 'vote':
      return { submission, ballot: { label: one(['cat', 'Cat', 'dog'], other), size: pick % 4 } };
    case 'approve':
      return instance.kind === 'consensus_review' ? verdictOf(instance, submission, { pick, other }) : {};
    case 'resolve':
      return {
        how: other > 97 ? 'discard' : one(['return', 'return', 'accept', 'fixAndAccept', 'restart'], other),
        ...(pick % 2 === 0 ? { submission } : {}),
        ...(pick % 3 === 0 ? { to: 'ann' } : {}),
      };
    default:
      return {};
  }
}

/** Picks an answer, gives another one, or confirms what the votes came to. */
function verdictOf({ result }: Instance, submission: SubmissionRef, { pick, other }: Pick<Move, 'pick' | 'other'>) {
  const option = one(result?.options ?? [], pick)?.submission;
  if (other % 3 === 0 && option) return { pick: pick % 2 === 0 ? option.id : option.hash };
  return other % 3 === 1 ? {} : { submission };
}

/** What comes next for an instance. */
function nextStep(instance: Instance, other: number): CommandType {
  if (instance.status === 'escalated' || instance.status === 'quarantined') return 'resolve';
  if (instance.status === 'available') return 'claim';
  if (instance.kind === 'review' || instance.kind === 'consensus_review') return other % 2 === 0 ? 'approve' : 'reject';
  return instance.kind === 'consensus' ? 'vote' : 'submit';
}

/** Mostly it works; where it fails for good, the whole cycle may. */
function reportOf(world: World, { node, kind }: Instance, { pick, other }: Pick<Move, 'pick' | 'other'>) {
  if (other > 95) return { ok: false, code: 'EXECUTION_FAILED' } satisfies ExecutionReport;
  const actions = planNode(world.cycle.plan, node)?.actions.filter((action) => action !== 'discard') ?? [];
  const result = {
    outcome: other > 90 ? 'nowhere' : one(actions, pick),
    submission: aSubmission(`${node} ${String(world.events.length)}`),
    matches: [pick % 2 === 0, pick % 3 === 0],
  };
  const confidence = kind === 'code' ? {} : { confidence: pick / 100 };
  return { ok: true, result: { ...defined(result), ...confidence } } satisfies ExecutionReport;
}

/** By who did it, or by a manager. */
function doAgain(world: World, { pick, other }: Move): void {
  const done = world.streams.flatMap(({ instances }) =>
    Object.values(instances).filter(({ status }) => status === 'finished' || status === 'submitted'),
  );
  const instance = one(done, pick);
  if (!instance) return;
  const submission = aSubmission(`${instance.id} ${String(world.events.length)}`);
  const type = one(['recall', 'reopen', 'reopen', 'revise'] as const, other) ?? 'reopen';
  const author = { id: instance.performer ?? 'ann' };
  const handsIn = type === 'reopen' && other % 3 === 0 ? { submission } : {};
  const revises = type === 'revise' ? { submission, rerun: pick % 2 === 0 } : {};
  world.tries(type !== 'recall' && pick % 3 > 0 ? boss : author, type, instance.id, { ...handsIn, ...revises });
}

/** A checkpoint fires, a program answers; true where that was it. */
function goesOnByItself(world: World, { kind, node, execution }: Instance, report: () => ExecutionReport): boolean {
  if (kind === 'checkpoint') world.fires(node);
  else if (execution !== undefined) world.reports(execution, report());
  else return false;
  return true;
}

export function makeMove(world: World, move: Move): void {
  if (move.does === 'again') {
    doAgain(world, move);
    return;
  }
  if (move.does === 'wait') {
    world.passes((move.other + 1) * 20 * minute);
    return;
  }
  const all = world.streams.flatMap(({ instances }) => Object.values(instances));
  const known = move.does === 'work' || move.pick % 5 > 0 ? openInstances(world) : all;
  const instance = one(known, move.pick);
  if (!instance) return;
  if (move.does === 'work' && goesOnByItself(world, instance, () => reportOf(world, instance, move))) return;
  const type = move.does === 'work' ? nextStep(instance, move.other) : move.does;
  const holder = instance.assignee === undefined ? move.actor : { id: instance.assignee };
  const actor = type === 'resolve' ? boss : move.does === 'work' ? holder : move.actor;
  world.tries(actor, type, instance.id, bodyOf(world, type, instance, move));
}

/** Days go by, programs answer, and new people do whatever there is to do; true when that brought the task to its end. */
export function finish(world: World, afterEach: (world: World) => void = () => undefined): boolean {
  for (let round = 0; round < 60 && world.cycle.status === 'open'; round += 1) {
    world.passes(2 * day);
    openInstances(world).forEach((instance, index) => {
      finishOne(world, instance, { id: `helper ${String(round)}-${String(index)}` });
    });
    afterEach(world);
  }
  return world.cycle.status !== 'open';
}

function finishOne(world: World, instance: Instance, helper: Actor): void {
  const submission = aSubmission(`${instance.id} by ${helper.id}`);
  const outcome = instance.kind === 'review' ? { outcome: 'approve' } : {};
  if (goesOnByItself(world, instance, () => ({ ok: true, result: { submission, ...outcome } }))) return;
  if (instance.status === 'escalated' || instance.status === 'quarantined') {
    world.tries(boss, 'resolve', instance.id, { how: 'fixAndAccept', submission });
    return;
  }
  const claimed = world.tries(helper, 'claim', instance.id);
  if (!claimed.ok) return;
  const id = claimed.value.nodeInstanceId;
  const type = nextStep(world.instance(id), 0);
  const { actions = [] } = planNode(world.cycle.plan, instance.node) ?? {};
  const adjudicates = type === 'approve' && instance.kind === 'consensus_review';
  world.tries(
    helper,
    type,
    id,
    type === 'submit' ? { submission, action: actions[0] } : type === 'vote' || adjudicates ? { submission } : {},
  );
}

/** Somebody asked for the end of the task. */
export function wasDiscarded(world: World): boolean {
  return world.events.some(
    (event) =>
      (event.type === 'submitted' && event.action === 'discard') ||
      (event.type === 'resolved' && event.how === 'discard'),
  );
}

/** A program failed for good where nobody else could have its work. */
export function failedForGood(world: World): boolean {
  return world.events.some((event) => event.type === 'executionFailed' && event.to === 'nobody');
}

export const openStreams = (world: World): StreamState[] => world.streams.filter(({ status }) => status === 'open');
