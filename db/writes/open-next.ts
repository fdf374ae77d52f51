// Opens a task's next cycle, once its last one has ended: the row that the cycle is started from, and the task that it has now.
import type pg from 'pg';
import { defined } from '../../core/defined.js';
import { cycleIdOf, taskIdOf } from '../../core/ids.js';
import type { Rejection } from '../../core/decision.js';
import { accept } from '../../core/decision.js';
import type { PlanNode } from '../../core/plan-node.js';
import { planNode } from '../../core/plan-node.js';
import { handingIn } from '../../core/reopen-ended.js';
import type { NextCycle, RerunInput } from '../../core/rerun.js';
import type { Rerun } from '../../core/resume.js';
import { resumePoint } from '../../core/resume.js';
import { inTransaction } from '../connection.js';
import type { Planned } from '../queries/cycles-to-start.js';
import { planOf } from '../queries/cycles-to-start.js';
import { countedReviews, formerCycle } from '../queries/former-cycle.js';
import { liveSettings } from '../queries/pipelines.js';
import { itemsComeAgain } from './checkpoints.js';

export interface Standing extends Planned {
  cycle_id: string;
  ended: boolean;
  status: string;
  outcome: string | null;
  number: number;
  version_id: string;
  newest_id: string;
  version: number;
}

const standing = `
  select t.cycle_id, t.version, c.ended_at is not null as ended, t.status, t.outcome, c.number, c.version_id, v.plan, ${liveSettings('p')} as live, t.overlap,
         c.checkpoint, c.start_node,
         (select n.id from pipeline_versions n where n.pipeline_id = t.pipeline_id order by n.version desc limit 1) as newest_id
    from tasks t
    join pipelines p on p.id = t.pipeline_id
    join cycles c on c.id = t.cycle_id
    join pipeline_versions v on v.id = c.version_id
   where t.id = $1`;

export const refused = (code: Rejection['code'], detail: string): { kind: 'refused'; rejection: Rejection } => ({
  kind: 'refused',
  rejection: { code, detail },
});

/** Work that was voted on stays as it was counted. */
export const wasVotedOn = ({ plan, outcome }: Standing): boolean =>
  (outcome === 'complete' || outcome === 'archive') && plan.nodes.some(({ consensus }) => consensus);

async function restartOf(client: pg.PoolClient, now: Standing, { mode, actor }: RerunInput): Promise<Rerun> {
  const counted = await countedReviews(client, now.cycle_id);
  return { mode, actor, ...(counted.length > 0 ? { counted } : {}) };
}

const hasWork = (node: PlanNode | undefined): boolean =>
  node !== undefined && node.kind !== 'start' && node.kind !== 'end';

/** What the next cycle begins with. */
async function resumeOf(client: pg.PoolClient, now: Standing, next: RerunInput): Promise<Rerun | NextCycle> {
  const { mode, actor, node: key, handsIn } = next;
  if (next.reopens && wasVotedOn(now)) return refused('REOPEN_REFUSED', 'it was voted on, and has ended');
  const plan = planOf(now);
  const node = key === undefined ? undefined : planNode(plan, key);
  if (key !== undefined && !hasWork(node)) {
    return refused('RERUN_REFUSED', `there is no work at a node "${key}"`);
  }
  const resume = resumePoint(plan, await formerCycle(client, now.cycle_id), key);
  if (!resume) {
    const why = key === undefined ? 'there is nothing to go on with: name a node' : `it has not come to "${key}"`;
    return refused('RERUN_REFUSED', why);
  }
  const filled = node && handsIn ? handingIn(plan, resume, node, { actor, ...handsIn }) : accept(resume);
  if (!filled.ok) return { kind: 'refused', rejection: filled.rejection };
  return { mode, actor, resume: filled.value, ...defined({ node: key }) };
}

async function staleness(
  client: pg.PoolClient,
  { version }: Standing,
  { seen, expectedVersion = version }: RerunInput,
): Promise<NextCycle | undefined> {
  if (expectedVersion !== version) return refused('STALE_TASK', `it is at version ${String(version)}`);
  if (!seen) return undefined;
  const text = 'select from node_instances where id = $1 and version = $2';
  const isFresh = (await client.query(text, [seen.instance, seen.version])).rowCount === 1;
  return isFresh ? undefined : refused('STALE_TASK', 'the node instance has changed');
}

/** The lock comes first and by itself: what is read after it is as the one who held it before has left it. */
export async function lockedStanding(client: pg.PoolClient, taskId: string): Promise<Standing | undefined> {
  await client.query('select 1 from tasks where id = $1 for update', [taskId]);
  return (await client.query<Standing>(standing, [taskId])).rows[0];
}

export async function insertNext(
  client: pg.PoolClient,
  now: Standing,
  next: Pick<RerunInput, 'taskId' | 'commandId'>,
  rerun: Rerun,
): Promise<string> {
  const cycleId = cycleIdOf(next.taskId, now.number + 1);
  const { number, checkpoint, start_node, version_id, newest_id } = now;
  // What did not begin at the start node begins there again, in the version that has it.
  const isAtStart = checkpoint === null && start_node === null;
  const versionId = rerun.resume || !isAtStart ? version_id : newest_id;
  await client.query(
    `insert into cycles (id, task_id, number, version_id, checkpoint, start_node, rerun, command_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [cycleId, next.taskId, number + 1, versionId, checkpoint, start_node, JSON.stringify(rerun), next.commandId],
  );
  await client.query(
    `update tasks set cycle_id = $2, status = 'pending', outcome = null, failure = null, nodes = '{}', finished_at = null,
            updated_at = now(), version = version + 1
      where id = $1`,
    [next.taskId, cycleId],
  );
  await itemsComeAgain(client, { taskId: next.taskId, cycleId, versionId });
  return cycleId;
}

export async function openNext(pool: pg.Pool, next: RerunInput): Promise<NextCycle> {
  const { taskId, commandId } = next;
  return inTransaction(pool, async (client) => {
    const now = await lockedStanding(client, taskId);
    const known = await client.query<{ id: string }>('select id from cycles where task_id = $1 and command_id = $2', [
      taskId,
      commandId,
    ]);
    if (known.rows[0]) return { kind: 'started', taskId, cycleId: known.rows[0].id };
    if (!now) return refused('NOT_FOUND', 'the task is gone');
    const stale = await staleness(client, now, next);
    if (stale) return stale;
    // What would be refused ends nothing.
    const opens = next.mode === 'restart' ? restartOf : resumeOf;
    const rerun = now.ended || next.replace ? await opens(client, now, next) : undefined;
    if (rerun && 'kind' in rerun) return rerun;
    if (!now.ended || !rerun) return { kind: 'open', cycleId: now.cycle_id, next: cycleIdOf(taskId, now.number + 1) };
    return { kind: 'started', taskId, cycleId: await insertNext(client, now, next, rerun) };
  });
}

/** A cycle that never recorded has nothing else to end. */
export async function endUnstarted(pool: pg.Pool, cycleId: string): Promise<void> {
  await inTransaction(pool, async (client) => {
    // Its first record, if it is on its way, comes before or finds that it was given up.
    await client.query('select 1 from tasks where id = $1 for update', [taskIdOf(cycleId)]);
    await client.query(
      `update cycles set ended_at = now()
        where id = $1 and ended_at is null and not exists (select 1 from streams where cycle_id = $1)`,
      [cycleId],
    );
  });
}
