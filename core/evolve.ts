// The only writer of a stream's state: folds one event in. Never refuses, never reads a clock.
import { unreachable } from './decision.js';
import type { CycleEvent } from './events.js';
import { route } from './graph.js';
import { planNode, reviewActions } from './pipeline.js';
import type { Instance, NodeResult, StreamState } from './state.js';
import { currentInstance } from './state.js';

type Patch = { [K in keyof Instance]?: Instance[K] | undefined };

/** Copies with changed fields; a field set to undefined is removed, so that the state stays plain JSON. */
function patched(instance: Instance, patch: Patch): Instance {
  const next: Record<string, unknown> = { ...instance, ...patch, version: instance.version + 1 };
  for (const [name, value] of Object.entries(next)) if (value === undefined) delete next[name];
  return next as unknown as Instance;
}

const noClaim: Patch = { assignee: undefined, leaseUntil: undefined, holdUntil: undefined };
const noReservation: Patch = { reservedFor: undefined, reservedUntil: undefined };

function on(state: StreamState, id: string, patch: (instance: Instance) => Patch): StreamState {
  const instance = state.instances[id];
  if (!instance) return state;
  return { ...state, instances: { ...state.instances, [id]: patched(instance, patch(instance)) } };
}

function withEdges(state: StreamState, node: string, outcome: string): StreamState {
  const { taken, untaken } = route(state.plan, node, outcome);
  const edges = { ...state.edges };
  for (const index of taken) edges[String(index)] = 'live';
  for (const index of untaken) edges[String(index)] = 'dead';
  return { ...state, edges };
}

/** Takes nodes out of the present round, with the edges that leave them, so that they are worked again. */
function cleared(state: StreamState, nodes: readonly string[], keepsEdge: (index: number) => boolean): StreamState {
  const edges = { ...state.edges };
  state.plan.edges.forEach((edge, index) => {
    if (nodes.includes(edge.from) && !keepsEdge(index)) delete edges[String(index)];
  });
  const current = Object.fromEntries(Object.entries(state.current).filter(([node]) => !nodes.includes(node)));
  return { ...state, edges, current };
}

const without = (record: Record<string, string>, key: string): Record<string, string> =>
  Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));

/** A branch that was passed by becomes reachable again: its nodes and what they passed on are undecided anew. */
function revived(state: StreamState, node: string): StreamState {
  if (currentInstance(state, node)?.status !== 'na') return state;
  let next: StreamState = { ...state, current: without(state.current, node) };
  state.plan.edges.forEach((edge, index) => {
    if (edge.from !== node || next.edges[String(index)] !== 'dead') return;
    next = revived({ ...next, edges: without(next.edges, String(index)) as StreamState['edges'] }, edge.to);
  });
  return next;
}

function reworkStarted(state: StreamState, event: Extract<CycleEvent, { type: 'reworkStarted' }>): StreamState {
  const { status } = event.initial;
  const held = status === 'escalated' || status === 'quarantined' ? { held: status } : {};
  const rework = { scope: event.scope, startedAt: event.at, ...held };
  const { node, visit } = event.initial;
  return {
    ...state,
    visits: { ...state.visits, [node]: visit },
    reworks: { ...state.reworks, [event.child]: rework },
  };
}

function reworkEnded(state: StreamState, event: Extract<CycleEvent, { type: 'reworkEnded' }>): StreamState {
  const { child, exit } = event;
  const rework = state.reworks[child];
  if (!rework) return state;
  let next: StreamState = {
    ...state,
    reworks: { ...state.reworks, [child]: { scope: rework.scope, startedAt: rework.startedAt, exit } },
    visits: { ...state.visits, ...exit.visits },
    counters: { ...state.counters, ...exit.counters },
    results: { ...state.results, ...exit.results },
  };
  const { nodes } = rework.scope;
  state.plan.edges.forEach((edge, index) => {
    if (!nodes.includes(edge.from) || nodes.includes(edge.to) || next.edges[String(index)] === 'live') return;
    const live = exit.liveEdges.includes(index);
    next = { ...next, edges: { ...next.edges, [String(index)]: live ? 'live' : 'dead' } };
    if (live) next = revived(next, edge.to);
  });
  return next;
}

function finished(state: StreamState, event: Extract<CycleEvent, { type: 'finished' }>): StreamState {
  const next = on(state, event.instance, () => ({
    ...noClaim,
    ...noReservation,
    status: 'finished',
    outcome: event.outcome,
    finishedAt: event.at,
  }));
  return next;
}

/** Remembers what a node's work came to, for the nodes after it. */
function withResult(state: StreamState, id: string, result: Partial<NodeResult>): StreamState {
  const instance = state.instances[id];
  if (!instance || instance.parent !== undefined) return state;
  const performers = instance.performer === undefined ? [] : [instance.performer];
  const full: NodeResult = {
    instance: id,
    performers,
    outcome: instance.outcome ?? '',
    ...(instance.submission ? { submission: instance.submission } : {}),
    ...result,
  };
  return { ...state, results: { ...state.results, [instance.node]: full } };
}

function opened(state: StreamState, instance: Instance): StreamState {
  const edges = { ...state.edges };
  if (instance.status === 'na') {
    state.plan.edges.forEach((edge, index) => {
      if (edge.from === instance.node) edges[String(index)] = 'dead';
    });
  }
  return {
    ...state,
    edges,
    instances: { ...state.instances, [instance.id]: instance },
    ...(instance.parent === undefined
      ? {
          current: { ...state.current, [instance.node]: instance.id },
          visits: { ...state.visits, [instance.node]: instance.visit },
        }
      : {}),
  };
}

function deescalated(state: StreamState, event: Extract<CycleEvent, { type: 'deescalated' }>): StreamState {
  return on(state, event.instance, ({ hold }) => {
    const before = hold?.before;
    const claimed = before?.status === 'claimed' && before.assignee !== undefined;
    return {
      hold: undefined,
      status: claimed ? 'claimed' : 'available',
      ...(claimed
        ? { assignee: before.assignee, claimedAt: event.at, leaseUntil: event.leaseUntil, holdUntil: event.holdUntil }
        : {}),
    };
  });
}

function resolved(state: StreamState, event: Extract<CycleEvent, { type: 'resolved' }>): StreamState {
  if (event.how === 'return') {
    return on(state, event.instance, () => ({
      ...noReservation,
      hold: undefined,
      status: 'available',
      reason: 'REOPENED',
      reservedFor: event.to,
      reservedUntil: event.reservedUntil,
    }));
  }
  if (event.how !== 'accept' && event.how !== 'fixAndAccept') return on(state, event.instance, () => noReservation);
  const node = state.instances[event.instance]?.node ?? '';
  const before = state.results[node];
  const performer = event.how === 'fixAndAccept' ? event.actor.id : before?.performers[0];
  const next = on(state, event.instance, ({ submission, draft }) => ({
    ...noReservation,
    hold: undefined,
    performer,
    submission: event.submission ?? submission ?? draft,
  }));
  return before ? withResult(next, event.instance, { outcome: before.outcome }) : next;
}

function restarted(state: StreamState): StreamState {
  return { ...state, edges: {}, current: {}, results: {}, counters: {}, reworks: {}, reports: {} };
}

function ended(state: StreamState, event: Extract<CycleEvent, { type: 'ended' }>): StreamState {
  return { ...state, status: 'finished', outcome: event.outcome, ...(event.exit ? { exit: event.exit } : {}) };
}

function reviewed(state: StreamState, event: Extract<CycleEvent, { type: 'reviewed' }>): StreamState {
  const { instance: id, actor, verdict, submission, at } = event;
  const next = withResult(
    on(state, id, () => ({ verdict, performer: actor.id, submittedAt: at })),
    id,
    { outcome: verdict === 'fail' ? reviewActions.reject : reviewActions.approve },
  );
  const of = planNode(state.plan, state.instances[id]?.node ?? '')?.review?.of;
  const judged = of === undefined ? undefined : next.results[of];
  if (of === undefined || !judged || !submission) return next;
  return { ...next, results: { ...next.results, [of]: { ...judged, performers: [actor.id], submission } } };
}

export function evolve(state: StreamState, event: CycleEvent): StreamState {
  switch (event.type) {
    case 'opened':
      return opened(state, event.opened);
    case 'claimed':
      return {
        ...on(state, event.instance, () => ({
          ...noReservation,
          status: 'claimed',
          assignee: event.actor.id,
          lastHolder: event.actor.id,
          claimedAt: event.at,
          leaseUntil: event.leaseUntil,
          holdUntil: event.holdUntil,
        })),
        started: true,
      };
    case 'prolonged':
      return on(state, event.instance, () => ({ leaseUntil: event.leaseUntil }));
    case 'released':
      return on(state, event.instance, () => ({ ...noClaim, status: 'available', reason: 'RELEASED' }));
    case 'freed':
      return on(state, event.instance, () => noReservation);
    case 'submitted':
      return withResult(
        on(state, event.instance, () => ({
          ...noClaim,
          ...noReservation,
          status: 'submitted',
          performer: event.actor.id,
          submittedAt: event.at,
          outcome: event.action,
          submission: event.submission,
        })),
        event.instance,
        {},
      );
    case 'voted':
      return on(state, event.instance, () => ({
        ...noClaim,
        status: 'submitted',
        performer: event.actor.id,
        submittedAt: event.at,
        ballot: event.ballot,
        submission: event.submission,
      }));
    case 'reviewed':
      return reviewed(state, event);
    case 'decided':
      return withResult(
        on(state, event.instance, () => ({ result: event.result })),
        event.instance,
        {
          outcome: event.outcome,
          performers: Object.values(state.instances).flatMap(({ parent, performer }) =>
            parent === event.instance && performer !== undefined ? [performer] : [],
          ),
          ...(event.result.submission ? { submission: event.result.submission } : {}),
        },
      );
    case 'finished':
      return finished(state, event);
    case 'routed':
      return withEdges(state, event.node, event.outcome);
    case 'counted':
      return { ...state, counters: { ...state.counters, [event.review]: event.counter } };
    case 'reworked':
      return cleared(state, event.nodes, (index) => {
        const target = state.plan.edges[index]?.to ?? '';
        return state.edges[String(index)] === 'live' && !event.nodes.includes(target);
      });
    case 'reworkStarted':
      return reworkStarted(state, event);
    case 'reworkHeld': {
      const rework = Object.hasOwn(state.reworks, event.child) ? state.reworks[event.child] : undefined;
      if (!rework || rework.exit) return state;
      const { scope, startedAt } = rework;
      const next = event.held === null ? { scope, startedAt } : { scope, startedAt, held: event.held };
      return { ...state, reworks: { ...state.reworks, [event.child]: next } };
    }
    case 'reported':
      return { ...state, reports: { ...state.reports, [event.child]: event.exit } };
    case 'reworkEnded':
      return reworkEnded(state, event);
    case 'escalated':
      return on(state, event.instance, ({ status, assignee }) => ({
        ...noClaim,
        status: 'escalated',
        hold: {
          by: event.actor.id,
          reason: event.reason,
          before: { status, ...(assignee === undefined ? {} : { assignee }) },
        },
      }));
    case 'deescalated':
      return deescalated(state, event);
    case 'resolved':
      return resolved(state, event);
    case 'restarted':
      return restarted(state);
    case 'ended':
      return ended(state, event);
    case 'rejected':
    case 'resynced':
      return state;
    default:
      return unreachable(event);
  }
}
