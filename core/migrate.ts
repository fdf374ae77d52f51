// Whether an open cycle can go on in another version of its pipeline, and what of it maps to that version.
import { canonicalJson } from './canonical-json.js';
import { checkpointsOf } from './checkpoints.js';
import type { PipelineClock } from './clock.js';
import type { Decision } from './decision.js';
import { accept, reject } from './decision.js';
import type { CycleEvent } from './events.js';
import { route } from './graph.js';
import { isObject } from './json.js';
import { isPipelineClock } from './pauses.js';
import type { Plan, PlanEdge, PlanNode } from './plan-node.js';
import { planNode } from './plan-node.js';
import type { Actor, Instance, StreamState } from './state.js';
import { currentInstance, isOpen } from './state.js';

/** Why a cycle stays where it is; docs/api.md says what each means. */
export const obstacles = [
  'NODE_GONE',
  'KIND_CHANGED',
  'REVIEWS_OTHER',
  'VOTE_CHANGED',
  'CHECKPOINT_CHANGED',
  'ACTION_GONE',
  'WAY_GONE',
  'WAY_ADDED',
] as const;
export type Obstacle = (typeof obstacles)[number];

export interface Obstruction {
  reason: Obstacle;
  /** The node that it is about. */
  node: string;
}

export interface MigrateCommand {
  id: string;
  actor: Actor;
  versionId: string;
  /** Of that version, for this task, with the live settings in it. */
  plan: Plan;
  clock?: PipelineClock;
}

const same =
  (one: PlanEdge) =>
  (other: PlanEdge): boolean =>
    one.from === other.from && one.on === other.on && one.to === other.to;

const obstruction = (reason: Obstacle, node: string): Obstruction => ({ reason, node });

type Check = (state: StreamState, next: Plan) => Obstruction | undefined;

const firstOf = <T>(items: readonly T[], look: (item: T) => Obstruction | undefined): Obstruction | undefined => {
  for (const item of items) {
    const found = look(item);
    if (found) return found;
  }
  return undefined;
};

const openReworks = ({ reworks }: StreamState) => Object.values(reworks).filter(({ exit }) => !exit);

/** Nodes that it is or was at, whose results it keeps, or that are reworked. */
const neededNodes: Check = (state, next) => {
  const present = Object.keys(state.current).filter((node) => currentInstance(state, node)?.status !== 'na');
  const reworked = openReworks(state).flatMap(({ scope }) => scope.nodes);
  return firstOf([...new Set([...present, ...Object.keys(state.results), ...reworked])], (key) => {
    const node = planNode(next, key);
    if (!node) return obstruction('NODE_GONE', key);
    return node.kind === planNode(state.plan, key)?.kind ? undefined : obstruction('KIND_CHANGED', key);
  });
};

const isClaimed = ({ status, hold }: Instance): boolean => status === 'claimed' || hold?.before?.status === 'claimed';

/** Whoever holds work hands in by the form and the actions that it was claimed with. */
function openVisit(instance: Instance, before: PlanNode, after: PlanNode): Obstruction | undefined {
  const { key } = after;
  if (before.review?.of !== after.review?.of) return obstruction('REVIEWS_OTHER', key);
  if (before.consensus && canonicalJson(before.consensus) !== canonicalJson(after.consensus))
    return obstruction('VOTE_CHANGED', key);
  const isKept = !isClaimed(instance) || before.actions.every((action) => after.actions.includes(action));
  return isKept ? undefined : obstruction('ACTION_GONE', key);
}

const openVisits: Check = (state, next) =>
  firstOf(Object.values(state.instances).filter(isOpen), (instance) => {
    const [before, after] = [planNode(state.plan, instance.node), planNode(next, instance.node)];
    return before && after ? openVisit(instance, before, after) : undefined;
  });

/** Batches count on what their cycles were going to tell them. */
const checkpoints: Check = (state, next) => {
  const rules = (plan: Plan) =>
    checkpointsOf(plan).map(({ key, checkpoint }) => ({ key, rule: canonicalJson(checkpoint) }));
  const [before, after] = [rules(state.plan), rules(next)];
  const others = (one: typeof before, two: typeof before) =>
    one.find(({ key, rule }) => !two.some((other) => other.key === key && other.rule === rule));
  const changed = others(before, after) ?? others(after, before);
  return changed && obstruction('CHECKPOINT_CHANGED', changed.key);
};

/** A rework child ends in the version that it began in: all ways that leave what it reworks have to be the same. */
const reworkedWays: Check = (state, next) =>
  firstOf(openReworks(state), ({ scope, edges = state.plan.edges }) => {
    const leaving = (all: readonly PlanEdge[]) => all.filter(({ from }) => scope.nodes.includes(from));
    const gone = leaving(edges).find((edge) => !next.edges.some(same(edge)));
    if (gone) return obstruction('WAY_GONE', gone.from);
    const added = leaving(next.edges).find((edge) => !edges.some(same(edge)));
    return added && obstruction('WAY_ADDED', added.from);
  });

/** The outcome that decided a node's edges; undefined where none of those it is known for did. */
function decidedBy(state: StreamState, node: string): string | undefined {
  const live = state.plan.edges.flatMap((_, index) => (state.edges[String(index)] === 'live' ? [index] : []));
  const known = [state.results[node]?.outcome, currentInstance(state, node)?.outcome, 'started'];
  return known.find((outcome) => {
    if (outcome === undefined) return false;
    const { taken, untaken } = route(state.plan, node, outcome);
    return taken.every((index) => live.includes(index)) && !untaken.some((index) => live.includes(index));
  });
}

const isPassedBy = (state: StreamState, node: string): boolean => {
  const instance = currentInstance(state, node);
  return instance?.status === 'na' && instance.outcome === undefined;
};

function isDecided({ plan, edges }: StreamState, node: string): boolean {
  const leaving = plan.edges.flatMap(({ from }, index) => (from === node ? [edges[String(index)]] : []));
  return leaving.length > 0 && leaving.every((edge) => edge !== undefined);
}

/** Edges that were taken have to be there, and a node that is done must lead nowhere else. */
const takenWays: Check = (state, next) => {
  const gone = state.plan.edges.find(
    (edge, index) => state.edges[String(index)] === 'live' && !next.edges.some(same(edge)),
  );
  if (gone) return obstruction('WAY_GONE', gone.from);
  const added = next.edges.find((edge, index) => {
    if (state.plan.edges.some(same(edge)) || !isDecided(state, edge.from) || isPassedBy(state, edge.from)) return false;
    const outcome = decidedBy(state, edge.from);
    return outcome === undefined || route(next, edge.from, outcome).taken.includes(index);
  });
  return added && obstruction('WAY_ADDED', added.from);
};

type Edges = StreamState['edges'];

function mappedEdges(state: StreamState, next: Plan): Edges {
  const edges = next.edges.flatMap((edge, index): [string, Edges[string]][] => {
    const before = state.plan.edges.findIndex(same(edge));
    const decision = before >= 0 ? state.edges[String(before)] : isDecided(state, edge.from) ? 'dead' : undefined;
    return decision ? [[String(index), decision]] : [];
  });
  return Object.fromEntries(edges);
}

/** What was come to, or passed by, is not waited for again: no way may lead there that is still open and was not there. */
const newWaysIn: Check = (state, next) => {
  const edges = mappedEdges(state, next);
  const open = next.edges.find((edge, index) => {
    const present = currentInstance(state, edge.to);
    if (!present || present.status === 'deferred') return false;
    return !state.plan.edges.some(same(edge)) && edges[String(index)] !== 'dead';
  });
  return open && obstruction('WAY_ADDED', open.to);
};

const checks = [neededNodes, openVisits, checkpoints, reworkedWays, takenWays, newWaysIn];

/** The first thing that keeps an open cycle from going on by another plan. */
export const obstructionOf = (state: StreamState, next: Plan): Obstruction | undefined =>
  firstOf(checks, (check) => check(state, next));

/** Nothing happens to a cycle that is there already. */
export function decideMigrate(state: StreamState, command: MigrateCommand, at: number): Decision<CycleEvent[]> {
  if (state.status !== 'open') return reject('NODE_CLOSED', 'the cycle has ended');
  const { actor, plan, versionId } = command;
  if (state.task.versionId === versionId) return accept([]);
  const found = obstructionOf(state, plan);
  if (found) return reject('MIGRATION_REFUSED', `${found.reason} ${found.node}`);
  const from = state.task.versionId;
  return accept([{ type: 'migrated', at, actor, from, versionId, plan, edges: mappedEdges(state, plan) }]);
}

/** The inverse of what a refusal says. */
export function readObstruction(detail: string | undefined): Obstruction | undefined {
  const [reason, node] = (detail ?? '').split(' ');
  const known = obstacles.find((obstacle) => obstacle === reason);
  return known && node !== undefined ? { reason: known, node } : undefined;
}

type Migrated = Extract<CycleEvent, { type: 'migrated' }>;

/** Work that nobody holds takes the new form; what is held, or done, keeps the one that it was claimed with. */
function moved(instance: Instance, { from }: Migrated): Instance {
  const isFree = instance.status === 'available' || instance.status === 'deferred';
  return isFree ? { ...instance, version: instance.version + 1 } : { versionId: from, ...instance };
}

export function migrated(state: StreamState, event: Migrated): StreamState {
  const { edges: before } = state.plan;
  return {
    ...state,
    task: { ...state.task, versionId: event.versionId },
    plan: event.plan,
    edges: event.edges,
    instances: Object.fromEntries(Object.entries(state.instances).map(([id, one]) => [id, moved(one, event)])),
    reworks: Object.fromEntries(
      Object.entries(state.reworks).map(([child, rework]) => [
        child,
        rework.exit ? rework : { ...rework, edges: rework.edges ?? before },
      ]),
    ),
  };
}

/** The edges that a rework child took, as its cycle's present plan numbers them. */
export function reportedEdges(
  { plan }: StreamState,
  { edges }: { edges?: readonly PlanEdge[] },
  liveEdges: readonly number[],
): number[] {
  if (!edges) return [...liveEdges];
  return liveEdges.flatMap((index) => {
    const edge = edges[index];
    const found = edge ? plan.edges.findIndex(same(edge)) : -1;
    return found < 0 ? [] : [found];
  });
}

const isText = (value: unknown, max: number): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= max;
const isPlan = (value: unknown): value is Plan =>
  isObject(value) &&
  Array.isArray(value['nodes']) &&
  Array.isArray(value['edges']) &&
  [...(value['nodes'] as unknown[]), ...(value['edges'] as unknown[])].every(isObject);

/** Reads a message body; whatever was sent, the answer is a command or a rejection. */
export function parseMigrate(body: unknown): Decision<MigrateCommand> {
  if (!isObject(body) || !isText(body['id'], 200)) return reject('MALFORMED_COMMAND', '"id" is missing');
  const { id, actor, versionId, plan } = body;
  if (!isObject(actor) || !isText(actor['id'], 200)) return reject('MALFORMED_COMMAND', '"actor" is missing');
  if (!isText(versionId, 100)) return reject('MALFORMED_COMMAND', '"versionId" is missing');
  if (!isPlan(plan)) return reject('MALFORMED_COMMAND', '"plan" is no plan');
  const clock = isPipelineClock(body['clock']) ? { clock: body['clock'] } : {};
  return accept({ id, actor: { id: actor['id'] }, versionId, plan, ...clock });
}
