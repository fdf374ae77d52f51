// Who did work that others judge without names: nobody below manager who may work at such a node learns it from any route, but
// of themselves. Every version of the pipeline counts, as its tasks may be in any.
import { nodeKinds } from '../core/pipeline.js';
import { isManager, mayWork } from '../core/roles.js';
import type { BlindNodes } from '../db/queries/blind-nodes.js';
import { findBlindNodes } from '../db/queries/blind-nodes.js';
import type { NodeInstance } from '../db/queries/node-instances.js';
import type { Caller } from './middleware/authenticate.js';
import type { Services } from './services.js';

type Names = Pick<NodeInstance, 'assignee' | 'performer' | 'reservedFor'>;
type Worked = Names & Pick<NodeInstance, 'node' | 'verdict'>;

const everything: BlindNodes = { nodes: [], fixers: [] };

export async function blindNodes({ pool }: Pick<Services, 'pool'>, caller: Caller, pipelineId: string) {
  if (isManager(caller.role)) return everything;
  return findBlindNodes(
    pool,
    pipelineId,
    nodeKinds.filter((kind) => mayWork(caller.role, kind)),
  );
}

const isBlind = ({ nodes, fixers }: BlindNodes, { node, verdict }: Pick<Worked, 'node' | 'verdict'>): boolean =>
  nodes.includes(node) || (verdict === 'fixed' && fixers.includes(node));

/** The names on a visit, as far as the caller may know them. */
export function shownNames(blind: BlindNodes, caller: Caller, visit: Worked): Names {
  const { assignee, performer, reservedFor } = visit;
  if (!isBlind(blind, visit)) return { assignee, performer, reservedFor };
  const own = (name: string | null): string | null => (name === caller.memberId ? name : null);
  return { assignee: own(assignee), performer: own(performer), reservedFor: own(reservedFor) };
}

/** Members whose name would tell who did work at blind nodes of a task. */
export function hiddenMembers(blind: BlindNodes, caller: Caller, visits: readonly Worked[]): Set<string> {
  const named = visits
    .filter((visit) => isBlind(blind, visit))
    .flatMap(({ assignee, performer, reservedFor }) => [assignee, performer, reservedFor])
    .filter((name) => name !== null && name !== caller.memberId);
  return new Set(named as string[]);
}
