// Handing work in at a labeling node, and the outcomes other than a verdict at a review node.
import type { SubmitCommand } from './commands.js';
import { holderOf } from './claims.js';
import type { Decision } from './decision.js';
import { accept, reject } from './decision.js';
import { defined } from './defined.js';
import { endingEvents } from './ending.js';
import type { CycleEvent } from './events.js';
import { route } from './graph.js';
import { discardAction, reviewActions } from './pipeline.js';
import { planNode } from './plan-node.js';
import type { HandIn, Instance, StreamState } from './state.js';

/** A late submit of the last holder is good while nobody else holds the work. */
function mayHandIn(instance: Instance, command: SubmitCommand): Decision<null> {
  const { id } = command.actor;
  if (instance.status === 'available' && instance.lastHolder === id && instance.reason === 'RELEASED')
    return accept(null);
  if (instance.status === 'claimed' && instance.assignee !== id && instance.lastHolder !== id)
    return reject('LEASE_LOST');
  return holderOf(instance, command, false);
}

/** One of the node's actions; verdicts are commands of their own. */
function chosenAction(state: StreamState, instance: Instance, command: SubmitCommand): Decision<string> {
  const actions = planNode(state.plan, instance.node)?.actions ?? [];
  const action = command.action ?? actions[0] ?? '';
  if (!actions.includes(action)) return reject('INVALID_ACTION', `this node knows ${actions.join(', ')}`);
  const verdict = action === reviewActions.approve || action === reviewActions.reject;
  const judges = instance.kind === 'review' || instance.kind === 'consensus_review';
  if (judges && verdict) return reject('INVALID_ACTION', `${action} is a command of its own`);
  return accept(action);
}

export function decideSubmit(
  state: StreamState,
  instance: Instance,
  command: SubmitCommand,
  at: number,
): Decision<CycleEvent[]> {
  if (instance.kind === 'consensus') return reject('NOT_MOVABLE', 'hand in a vote');
  const chosen = chosenAction(state, instance, command);
  if (!chosen.ok) return chosen;
  const mine = mayHandIn(instance, command);
  if (!mine.ok) return mine;
  const action = chosen.value;
  const { actor, values, answers } = command;
  const inline = values === undefined ? undefined : { id: `${instance.id}.inline`, hash: '' };
  const submission = command.submission ?? inline;
  return accept([
    {
      type: 'submitted',
      at,
      instance: instance.id,
      actor,
      action,
      ...defined({ submission, values, answers }),
    },
    ...outcomeEvents(state, instance, action, at, command),
  ]);
}

/** Work that is handed in as it opens: nobody has to claim it. */
export const handInEvents = (state: StreamState, instance: Instance, given: HandIn, at: number): CycleEvent[] => [
  { type: 'submitted', at, instance: instance.id, ...given },
  ...outcomeEvents(state, instance, given.action, at, given),
];

/** Where an outcome leads: along its edges, or, for a discard that no edge takes, to the end of the task. */
export function outcomeEvents(
  state: StreamState,
  instance: Instance,
  outcome: string,
  at: number,
  command: Pick<SubmitCommand, 'actor'>,
): CycleEvent[] {
  if (outcome === discardAction && route(state.plan, instance.node, outcome).taken.length === 0) {
    return [
      { type: 'finished', at, instance: instance.id, outcome },
      ...endingEvents(state, { how: 'discarded', at, actor: command.actor, except: instance.id }),
    ];
  }
  return [{ type: 'routed', at, node: instance.node, outcome }];
}
